/** Scores of predictions. Shares are 0 to 1; what is undefined, a share of nothing for example, is NaN. */

/** Scores of pixels, a pixel being right where prediction and truth agree. */
export interface PixelScores {
  /** 2 TP / (2 TP + FP + FN), 0 to 1. */
  dice: number;
  /** Intersection over union: TP / (TP + FP + FN), 0 to 1. */
  iou: number;
  /** Share of predicted pixels that are right, TP / (TP + FP), 0 to 1. */
  precision: number;
  /** Share of true pixels that are found, TP / (TP + FN), 0 to 1. */
  recall: number;
  /** Share of the background that is left alone, TN / (TN + FP), 0 to 1. */
  specificity: number;
}

/** A score with the interval in which it lies with 95 % probability, by resampling images. */
export interface Interval {
  /** The score itself. */
  value: number;
  /** Lower end; NaN where `bootstrapRounds` is 0. */
  low: number;
  /** Upper end; NaN where `bootstrapRounds` is 0. */
  high: number;
}

/** How well outlines agree, a mean over the images in which it is defined. */
export interface BoundaryScores {
  /** F1 of boundary pixels that have one of the other side within 3 px, 0 to 1. */
  f1: number;
  /** Mean distance between the outlines, both ways, px, at least 0. */
  meanDistance: number;
  /** 95th percentile of the distances between the outlines, px, at least 0. */
  hd95: number;
  /** Share of wrong pixels that lie within 3 px of a true boundary, 0 to 1. */
  errorShare: number;
  /** Mean distance, px, by which the predicted outline lies outside of the true one (above 0: over-segmentation) or inside. */
  shift: number;
}

/** How well cells agree; a predicted and a true cell match where their IoU is 0.5 or more. */
export interface ObjectScores {
  /** Number of true cells. */
  truth: number;
  /** Number of predicted cells. */
  predicted: number;
  /** Number of matches. */
  matched: number;
  /** Share of predicted cells that match, 0 to 1. */
  precision: number;
  /** Share of true cells that match, 0 to 1. */
  recall: number;
  /** 2 · matched / (truth + predicted), 0 to 1. */
  f1: number;
  /** Sum of the matches' IoU / (matched + half of missed and phantom), 0 to 1. */
  panopticQuality: number;
  /** Mean over IoU 0.5, 0.55, … 0.95 of matches / (matches + missed + phantom), 0 to 1. */
  averagePrecision: number;
  /** Aggregated Jaccard index, 0 to 1. */
  aggregatedJaccard: number;
  /** Number of true cells that no prediction matches. */
  missed: number;
  /** Number of predicted cells that match none. */
  phantom: number;
  /** Number of predictions that cover two true cells or more. */
  merged: number;
  /** Number of true cells that two predictions or more share. */
  split: number;
  /** Share of the true cells below 50 px that match, 0 to 1. */
  smallRecall: number;
  /** Share of the true cells of 50 px and more that match, 0 to 1. */
  largeRecall: number;
  /** Share of the pairs of true cells less than 3 px apart that one prediction merges, 0 to 1. */
  mergeRate: number;
  /** Number of true cells of less than 50 px. */
  small: number;
  /** How many of those match. */
  smallMatched: number;
  /** Number of true cells of less than 0.5 % of the image: the paper's small lesions. */
  lesions: number;
  /** How many of those match. */
  lesionsMatched: number;
  /** Share of the true cells of less than 0.5 % of the image that match, 0 to 1. */
  lesionRecall: number;
}

/** Where wrong pixels lie: shares of all wrong pixels, 0 to 1, each pixel counted under the first cause that fits. */
export interface ErrorCauses {
  /** Share in components below 50 px. */
  smallComponent: number;
  /** Share within 3 px of a boundary. */
  boundary: number;
  /** Share in low contrast; NaN without the image. */
  lowContrast: number;
  /** Share of the rest. */
  elsewhere: number;
}

/** The scores of one image. */
export interface ImageScores {
  /** Its place in the set, from 0. */
  index: number;
  /** Whether its truth has a cell. */
  hasCells: boolean;
  /** True positive pixels. */
  tp: number;
  /** False positive pixels. */
  fp: number;
  /** False negative pixels. */
  fn: number;
  /** True negative pixels. */
  tn: number;
  /** Scores of its pixels. */
  pixel: PixelScores;
  /** How well its outlines agree. */
  boundary: BoundaryScores;
  /** How well its cells agree. */
  objects: ObjectScores;
  /** Whether its Dice is far from the other images', by the robust test of `outlierTest`. */
  outlier: boolean;
}

/** Of a hundred bins of probability: how many pixels, how many of them true cells, and the sum of their probabilities. */
export interface NativeCertainty {
  pixels: number[];
  cells: number[];
  probability: Float64Array;
}

/** Every score of a set, as native code gives it; lib/addon/scores.ts gives each its name. */
export interface NativeEvaluation {
  images: number;
  imagesWithCells: number;
  threshold: number;
  micro: PixelScores;
  perImage: PixelScores;
  perImageWithCells: PixelScores;
  dicePerImage: Interval;
  diceWithCells: Interval;
  diceMicro: Interval;
  iouMicro: Interval;
  boundary: BoundaryScores;
  objects: ObjectScores;
  causes: ErrorCauses;
  /** Zeros where there were no probabilities. */
  certainty: NativeCertainty;
  perImageScores: ImageScores[];
}
