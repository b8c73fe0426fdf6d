import type { LossTerms } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type StabilizedLossConfig, stabilizedLossOptionsSchema } from "../config/loss.js";
import { parseConfig } from "../config/parse.js";
import { checkFinite, checkRange, checkShape, type Shape } from "./check.js";

export interface StabilizedLoss<Logits extends Float32Array | Float64Array> {
  value: number;
  terms: LossTerms;
  /** ∂value/∂logits, in the shape of the logits. */
  gradient: Logits;
}

/**
 * The stabilized combined loss (paper Algorithm 1) and its gradient. float32 logits are computed in float32, float64 ones in float64.
 * @param target 0 or 1 for each logit.
 * @param options the loss's own options, and `shape` [B, 1, H, W]; without it everything is one sample.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG
 */
export function stabilizedLoss<Logits extends Float32Array | Float64Array>(
  logits: Logits,
  target: Uint8Array | Float32Array,
  options: StabilizedLossConfig & { shape?: Shape } = {},
): StabilizedLoss<Logits> {
  const { shape = [1, 1, 1, logits.length], ...rest } = options;
  checkShape(logits, shape, "logits", 2);
  checkShape(target, shape, "target", 2);
  checkFinite(logits, "logits");
  checkRange(target, 0, 1, "target");
  const loss = parseConfig(stabilizedLossOptionsSchema, rest, "loss");
  const { loss: value, terms, gradient } = call(() => native().functional.stabilizedLoss(logits, target, shape, loss));
  return { value, terms, gradient };
}
