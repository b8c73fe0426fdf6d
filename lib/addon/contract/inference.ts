/** What an evaluation and a prediction are asked for. */
import type { Precision } from "./basics.js";

/** Elements of the dihedral group, numbered in this order. Rotations are counter-clockwise; transverse is the anti-transpose. */
export type TestTimeTransformName = "identity" | "hflip" | "vflip" | "rot90" | "rot180" | "rot270" | "transpose" | "transverse";

export interface NativeEvaluateOptions {
  threshold: number;
  /** To average over; none: the image as it is. */
  tta: readonly TestTimeTransformName[];
  batchSize: number;
  precision: Precision;
  bootstrapRounds: number;
  /** Of an empty prediction on an empty truth; NaN: undefined. */
  emptyScore: number;
  seed: number;
}

export interface NativePredictOptions {
  /** As of an evaluation. */
  tta: readonly TestTimeTransformName[];
  /** 0: the whole image at once. */
  tile: number;
  overlap: number;
  precision: Precision;
  batchSize: number;
}
