/** What an evaluation and a prediction are asked for: the options of lib/config, with the words that only lib knows resolved. */
import type { CellRule } from "../../config/cells.js";
import type { EvaluatorConfig, PredictorConfig, TestTimeTransformName } from "../../config/inference.js";
import type { Job } from "./basics.js";
import type { NativeSampleStore } from "./data.js";
import type { NativeEvaluation, ObjectScores } from "./evaluation.js";
import type { NativeSegmenter } from "./segmenter.js";

export type { TestTimeTransformName };

export interface NativeEvaluateOptions extends Omit<EvaluatorConfig, "tta" | "emptyPolicy" | "worst" | "rescale"> {
  /** Of each index: what its image is enlarged by before the network sees it; empty: all are seen as they are. */
  scales: Float64Array;
  /** To average over; none: the image as it is. */
  tta: readonly TestTimeTransformName[];
  /** Of an empty prediction on an empty truth; NaN: undefined. */
  emptyScore: number;
}

export interface NativePredictOptions extends Omit<PredictorConfig, "tta" | "rescale"> {
  /** What the image is enlarged by before the network sees it. Not of strips. */
  scale: number;
  /** As of an evaluation. */
  tta: readonly TestTimeTransformName[];
}

export interface NativeStochasticOptions extends NativePredictOptions {
  passes: number;
  seed: number;
  /** Whether the probabilities of each pass come too. */
  keep: boolean;
}

export interface NativeLookOptions extends NativeStochasticOptions {
  /** What pixels are counted by. */
  by: "entropy" | "bald";
  /** Of equal width, from 0 to ln 2 nats. */
  bins: number;
  /** Of pseudo-labels, above 0.5; 0: none. */
  confidence: number;
}

export interface NativeLook {
  /** Over all pixels, in nats. */
  meanEntropy: number;
  meanBald: number;
  /** How many pixels of the truth's background, and cells, are in each bin. */
  background: Float64Array;
  cells: Float64Array;
  /** H·W: 1 where the probability reaches the confidence, 0 where that of background does, 2 elsewhere; null where none was asked for. */
  pseudo: Uint8Array | null;
  /** Its pixels that are 0 or 1. */
  labelled: number;
}

/** Maps of H·W values, in nats. */
export interface NativeUncertainty {
  probability: Float32Array;
  entropy: Float32Array;
  bald: Float32Array;
  meanEntropy: number;
  meanBald: number;
  /** passes·H·W, or null. */
  passes: Float32Array | null;
}

/** Eight numbers a cell: area, centroid x and y, left, top, width and height of the box, mean probability. */
export type NativeMeasures = Float64Array;

/**
 * The probabilities of an image and the cells found in them (binding/cell_map.h). Everything stays native; nothing as large as the image is
 * copied on the event loop.
 */
export interface NativeCellMap {
  /** A stretch of H·W probabilities. */
  writeProbability(offset: number, values: Float32Array): void;
  /** A stretch of H·W·3 bytes of the image. */
  writeRgb(offset: number, bytes: Uint8Array): void;
  /** Finds the cells of the probabilities. */
  find(rule: CellRule): Job<NativeMeasures>;
  /** Arrays over the map's own memory. Each is to be asked for once. */
  probability(): Float32Array;
  /** H·W bytes: 1 in cells. */
  mask(): Uint8Array;
  /** H·W: the number of each pixel's cell in raster order of their first pixels, from 1; 0 outside. */
  labels(): Int32Array;
  outlines(): Job<NativeOutlines>;
  /** Of each label from 1: COCO's run lengths, as pycocotools compresses them. */
  runLengths(): Job<string[]>;
  /** Five numbers a cell: perimeter, eccentricity, mean red, green and blue; the last three NaN without an image. */
  regions(): Job<Float64Array>;
  /** The image, H·W·3 bytes, with the cells' outer pixels in a colour. */
  overlay(colour: readonly number[]): Job<Uint8Array>;
  /** Grey values of a picture: the mask as 0 and 255, probabilities rounded to 8 or 16 bits, labels in 16 or 32 bits. */
  grey(what: "mask", bits: 8): Job<Uint8Array>;
  grey(what: "probability", bits: 8 | 16): Job<Uint8Array | Uint16Array>;
  grey(what: "labels", bits: 16 | 32): Job<Uint16Array | Uint32Array>;
}

/** What a network says about images whose cells are known (core/eval/candidates.h). */
export interface NativeProbabilitySet {
  add(
    segmenters: readonly NativeSegmenter[],
    store: NativeSampleStore,
    indices: Int32Array,
    options: Pick<NativeEvaluateOptions, "tta" | "batch" | "precision" | "crf">,
    onProgress: (done: number, total: number) => void,
  ): Job<void>;
  /** Probabilities of one's own. `labels`: the true cells, 0 for background. Copied before it returns. */
  addImage(probability: Float32Array, labels: Int32Array, height: number, width: number): void;
  /** The scores over the whole set by each rule. `mergeRate` is NaN. */
  score(rules: readonly CellRule[]): Job<ObjectScores[]>;
  close(): void;
}

/** Scores predictions that are there already (core/eval/scorer.h). */
export interface NativeScorer {
  /** `labels`: one number a pixel; toldApart: each number is a cell, otherwise components are. Copied before it returns. */
  add(
    store: NativeSampleStore,
    index: number,
    labels: Int32Array,
    height: number,
    width: number,
    toldApart: boolean,
    emptyScore: number,
  ): Job<void>;
  /** As an evaluation of the network would score the image: the map's probabilities and the cells found in them. */
  addFound(store: NativeSampleStore, index: number, map: NativeCellMap, emptyScore: number): Job<NativeScoredCells>;
  summary(options: { threshold: number; emptyScore: number; bootstrapRounds: number; seed: number }): Job<NativeEvaluation>;
}

/** What became of cells (core/eval/objects.h). Of each label from 1; true cells are numbered in raster order. */
export interface NativeScoredCells {
  /** Of the true cells, with the mean probability that they were given. */
  truth: NativeMeasures;
  /** Four numbers a cell: the label of its match, 0 without, -1 where its pixels do not count; the highest IoU; how many it holds; how many lie with it in one. */
  trueFates: Float64Array;
  predictedFates: Float64Array;
}

/** Outlines along the pixels' edges (core/image/outlines.h). A list of starts has one entry more than things: where the last one ends. */
export interface NativeOutlines {
  /** x, y, x, y, … of rings that are not closed. */
  corners: Int32Array;
  /** Of each ring, in corners. */
  ringStarts: Float64Array;
  /** Of each polygon, in rings: an outer one and its holes. */
  polygonStarts: Float64Array;
  /** Of each label from 1, in polygons. */
  cellStarts: Float64Array;
}
