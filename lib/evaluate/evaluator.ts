import type { BoundaryScores, ImageScores, NativeEvaluation, PixelScores, Precision } from "../addon/contract.js";
import { checkModel, type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type Separation, withRule } from "../config/cells.js";
import {
  type EmptyPolicy,
  type EvaluatorConfig,
  type EvaluatorOptions,
  emptyScoreOf,
  evaluatorOptionsSchema,
  testTimeTransformsOf,
} from "../config/inference.js";
import { parseConfig } from "../config/parse.js";
import { type ImageSize, loadInstances, type SampleFiles, storeView, type TrainableDataset } from "../dataset/types.js";
import { checkOptions } from "../system/arguments.js";
import { checkScorable } from "./scorable.js";

/** The scores of one image. `index` is its place in the data set. */
export type ImageEvaluation = ImageScores & { readonly files: SampleFiles; readonly size: ImageSize };

/** Every score of METHOD section 11. Undefined values are NaN (null in JSON) and counted. */
export interface Evaluation extends Omit<NativeEvaluation, "perImageScores"> {
  /** What an empty prediction on an empty truth scores. */
  readonly emptyPolicy: EmptyPolicy;
  readonly tta: EvaluatorConfig["tta"];
  /** How predicted cells were told apart. */
  readonly separation: Readonly<Separation>;
  readonly precision: Precision;
  /** For how many images each score was undefined. */
  readonly undefinedScores: Readonly<Record<keyof PixelScores | keyof BoundaryScores, number>>;
  /** In the data set's order. */
  readonly perImageScores: readonly ImageEvaluation[];
  /** Lowest Dice first; without images whose Dice is undefined. */
  readonly worst: readonly ImageEvaluation[];
  /** Images far from the others by METHOD section 7's robust test. They are part of every score. */
  readonly outliers: readonly ImageEvaluation[];
}

export interface EvaluateCallOptions {
  signal?: AbortSignal;
  /** After each batch of images. */
  onProgress?: (done: number, total: number) => void;
}

/** Scores a model on images with masks. */
export class Evaluator {
  readonly model: SegmenterHolder;
  /** The options with all defaults. */
  readonly config: EvaluatorConfig;

  /** @throws ConfigError ACINUS_CONFIG on unknown or impossible options. */
  constructor(model: SegmenterHolder, options: EvaluatorOptions = {}) {
    checkModel(model);
    this.model = model;
    this.config = withRule(parseConfig(evaluatorOptionsSchema, options, "evaluator"), model.cells);
  }

  /** @throws DataError on an empty set or an image without a mask; `signal.reason` after an abort. */
  async evaluate(dataset: TrainableDataset, options: EvaluateCallOptions = {}): Promise<Evaluation> {
    checkScorable(dataset);
    checkOptions(options, "options", ["signal", "onProgress"]);
    const { signal, onProgress = () => undefined } = options;
    const { tta, threshold, separation, batch, precision, bootstrapRounds, emptyPolicy, seed } = this.config;
    await dataset[loadInstances]?.(signal);
    const { store, indices } = dataset[storeView];
    const nativeOptions = {
      tta: testTimeTransformsOf(tta),
      threshold,
      separation,
      batch,
      precision,
      bootstrapRounds,
      emptyScore: emptyScoreOf(emptyPolicy),
      seed,
    };
    const scores = await settle(
      () => native().evaluate(this.model[segmenterHandle], store, indices, nativeOptions, onProgress),
      signal,
    );
    return this.#withFiles(scores, dataset);
  }

  #withFiles(scores: NativeEvaluation, { files, sizes }: TrainableDataset): Evaluation {
    const perImageScores = scores.perImageScores.map((image, index) => ({
      ...image,
      index,
      files: files[index] as SampleFiles,
      size: sizes[index] as ImageSize,
    }));
    const scored = perImageScores.filter(({ pixel }) => !Number.isNaN(pixel.dice));
    const byDice = scored.sort((a, b) => a.pixel.dice - b.pixel.dice || a.index - b.index);
    return {
      ...scores,
      emptyPolicy: this.config.emptyPolicy,
      tta: this.config.tta,
      separation: this.config.separation,
      precision: this.config.precision,
      undefinedScores: countUndefined(perImageScores),
      perImageScores,
      worst: byDice.slice(0, this.config.worst),
      outliers: byDice.filter((image) => image.outlier),
    };
  }
}

function countUndefined(images: readonly ImageScores[]): Evaluation["undefinedScores"] {
  const counts = { dice: 0, iou: 0, precision: 0, recall: 0, specificity: 0, f1: 0, meanDistance: 0, hd95: 0, errorShare: 0 };
  for (const { pixel, boundary } of images) {
    for (const [key, value] of Object.entries({ ...pixel, ...boundary })) {
      if (Number.isNaN(value)) counts[key as keyof typeof counts]++;
    }
  }
  return counts;
}
