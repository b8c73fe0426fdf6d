/** Scores of predictions. */

export interface PixelScores {
  dice: number;
  iou: number;
  precision: number;
  recall: number;
  specificity: number;
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

export interface BoundaryScores {
  f1: number;
  meanDistance: number;
  hd95: number;
  errorShare: number;
  /** Mean distance, px, by which the predicted outline lies outside of the true one (above 0: over-segmentation) or inside. */
  shift: number;
}

export interface ObjectScores {
  truth: number;
  predicted: number;
  matched: number;
  precision: number;
  recall: number;
  f1: number;
  panopticQuality: number;
  /** Mean over IoU 0.5, 0.55, … 0.95 of matches / (matches + missed + phantom). */
  averagePrecision: number;
  /** Aggregated Jaccard index. */
  aggregatedJaccard: number;
  missed: number;
  phantom: number;
  merged: number;
  split: number;
  smallRecall: number;
  largeRecall: number;
  mergeRate: number;
  /** True cells of less than 50 px. */
  small: number;
  smallMatched: number;
  /** True cells of less than 0.5 % of the image: the paper's small lesions. */
  lesions: number;
  lesionsMatched: number;
  lesionRecall: number;
}

export interface ErrorCauses {
  smallComponent: number;
  boundary: number;
  lowContrast: number;
  elsewhere: number;
}

export interface ImageScores {
  index: number;
  hasCells: boolean;
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  pixel: PixelScores;
  boundary: BoundaryScores;
  objects: ObjectScores;
  outlier: boolean;
}

/** Of a hundred bins of probability: how many pixels, how many of them true cells, and the sum of their probabilities. */
export interface NativeCertainty {
  pixels: number[];
  cells: number[];
  probability: Float64Array;
}

/** Every metric (docs/fidelity.md); NaN where undefined, counted in `undefined`. */
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
  undefined: number;
  perImageScores: ImageScores[];
}
