/** What evaluations and predictions are asked for. */
import type { SeparationOptions, WholeRule } from "./cells.js";
import type { CrfOptions } from "./crf.js";
import type { TestTimeTransformName } from "./transforms.js";

/** What an empty prediction on an empty truth scores in Dice, IoU, precision and recall; "undefined" is counted and left out of means. */
export type EmptyPolicy = 0 | 1 | "undefined";

/** How cells are made of probabilities. */
export interface RuleOptions {
  /** A pixel is a cell where its probability is at least this, 0 to 1. By default what was chosen for the network, otherwise 0.5. */
  threshold?: number;
  /** How touching cells are told apart, and what is too small to be one. By default what was chosen for the network, otherwise components. */
  separation?: SeparationOptions;
  /**
   * A conditional random field over the image's pixels that refines the probabilities: its options; true: those of the network, or the
   * defaults; false: none. Not for images in strips. By default what was chosen for the network, otherwise none.
   */
  crf?: boolean | CrfOptions;
}

/** What a network computes in, and over what it is averaged. */
export interface PrecisionOptions {
  /**
   * Average the probabilities over flips and rotations: true over seven of the eight (all but "transverse"), or those named, each once. It is as
   * many times the work. Default false.
   */
  tta?: boolean | TestTimeTransformName[];
  /** "bf16" and "fp16" run the network in mixed precision; "fp16" is meant for a GPU: on a CPU it is correct and slow. Default "fp32". */
  precision?: "fp32" | "bf16" | "fp16";
}

/** How a network's probabilities come about. */
interface NetworkUse extends PrecisionOptions {
  /**
   * Show images to the network at the pixel size of its training images, where both are known and differ by more than 5 %. Cells and sizes in px
   * (minimum size, holes) are then of that scale; results are on the image's own pixels. Default true.
   */
  rescale?: boolean;
  /** Side of a tile, px, 0 or at least 32; 0 takes every image whole, however large. An image that fits in a tile is taken whole. Default 1024. */
  tile?: number;
  /** Px that neighbouring tiles share at least, at least 0, less than the tile. By default an eighth of the tile. */
  overlap?: number;
}

/** What a summary of scores is asked for. */
export interface SummaryOptions {
  /** What an empty prediction on an empty truth scores; "undefined" is counted and left out of means. Default 1. */
  emptyPolicy?: EmptyPolicy;
  /** Resampled sets behind each 95 % interval, 0 to 1,000,000; 0 leaves the intervals out. Default 1000. */
  bootstrapRounds?: number;
  /** Seed of the bootstrap, at least 0. Default 0. */
  seed?: number;
  /** How many of the worst images to list, at least 0. Default 10. */
  worst?: number;
}

/** Options of an evaluation but those of cells. */
interface EvaluationUse extends NetworkUse, SummaryOptions {
  /** Images at a time, 1 to 4096; images of one size share a batch. A CPU takes fewer where these keep its threads busy. Default 8. */
  batch?: number;
}

/** Options of `Evaluator`. */
export interface EvaluatorOptions extends EvaluationUse, RuleOptions {}

/** Options of a prediction but those of cells. */
interface PredictionUse extends NetworkUse {
  /**
   * Tiles with less contrast than this are not predicted: no cell is found there. The contrast of a tile, in grey levels of 255, is by how much
   * the means of its blocks of 8×8 px differ, in the channel where they differ most. 0 to 255; 0 predicts every tile, 10 leaves out empty
   * glass. Default 0.
   */
  emptyContrast?: number;
  /** Tiles at a time, 1 to 4096. A CPU takes fewer where these keep its threads busy. Default 4. */
  batch?: number;
}

/** Options of `Predictor`. */
export interface PredictorOptions extends PredictionUse, RuleOptions {}

/** The options of an evaluation with every default filled in, and what was chosen for the network. */
export interface EvaluatorConfig extends EvaluationUse, WholeRule {
  tta: boolean | TestTimeTransformName[];
  precision: "fp32" | "bf16" | "fp16";
  rescale: boolean;
  tile: number;
  overlap: number;
  emptyPolicy: EmptyPolicy;
  bootstrapRounds: number;
  seed: number;
  worst: number;
  batch: number;
}

/** The options of a prediction with every default filled in, and what was chosen for the network. */
export interface PredictorConfig extends PredictionUse, WholeRule {
  tta: boolean | TestTimeTransformName[];
  precision: "fp32" | "bf16" | "fp16";
  rescale: boolean;
  tile: number;
  overlap: number;
  emptyContrast: number;
  batch: number;
}
