import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type CrfOptions, crfSchema } from "../config/crf.js";
import { parseConfig } from "../config/parse.js";
import { checkArray } from "../system/arguments.js";
import { checkRgb, checkShape } from "../system/arrays.js";

export type { CrfOptions };

/**
 * Probabilities refined by a fully connected conditional random field (the paper's multi-scale system): near pixels, and near pixels of like colour, pull
 * each other to one label.
 * @param probability H·W, 0 to 1. @param rgb H·W·3 bytes.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT; ConfigError ACINUS_CONFIG
 */
export function denseCrf(
  probability: Float32Array,
  rgb: Uint8Array,
  height: number,
  width: number,
  options: CrfOptions = {},
): Float32Array {
  const crf = parseConfig(crfSchema, options, "crf");
  checkRgb(rgb, height, width);
  checkArray(probability, "probability", "Float32Array");
  checkShape(probability, [height, width], "probability");
  return call(() => native().functional.denseCrf(probability, rgb, height, width, { crf }));
}
