/** What an evaluation and a prediction are asked for: the options of lib/config, with the words that only lib knows resolved. */
import type { EvaluatorConfig, PredictorConfig, TestTimeTransformName } from "../../config/inference.js";

export type { TestTimeTransformName };

export interface NativeEvaluateOptions extends Omit<EvaluatorConfig, "tta" | "emptyPolicy" | "worst"> {
  /** To average over; none: the image as it is. */
  tta: readonly TestTimeTransformName[];
  /** Of an empty prediction on an empty truth; NaN: undefined. */
  emptyScore: number;
}

export interface NativePredictOptions extends Omit<PredictorConfig, "tta" | "threshold"> {
  /** As of an evaluation. */
  tta: readonly TestTimeTransformName[];
}
