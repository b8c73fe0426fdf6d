import type { LossTerms } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { ignoredPixel } from "../config/data.js";
import { type LossConfig, type LossTermName, lossOptionsSchema, lossTerms } from "../config/loss.js";
import { parseConfig } from "../config/parse.js";
import { check, checkArray, numbersOf } from "../system/arguments.js";
import { checkFinite, checkNamed, checkRange, checkShape, checkShapeItself, invalid, type Shape } from "../system/arrays.js";

/** float32 logits are computed in float32, float64 ones in float64. */
type Logits = Float32Array | Float64Array;
/** 0 or 1 for each logit; between them where a pixel is partly of a cell; 2 where a pixel does not count (its gradient is 0). */
type Target = Uint8Array | Float32Array;
interface Shaped {
  /** [B, 1, H, W]. Without it everything is one sample of one row. */
  shape?: Shape;
  /**
   * How much each sample counts, B numbers of at least 0: what it adds to a term is multiplied by it, and what a mean is divided by stays. Default:
   * all count 1.
   */
  imageWeights?: ArrayLike<number>;
}
type Options = Omit<LossConfig, LossTermName> & Shaped;

/** A loss and its slope. */
export interface LossResult<Numbers extends Logits> {
  value: number;
  /** Each term with a weight, before its weight. */
  terms: LossTerms;
  /** ∂value/∂logits, in the shape of the logits. */
  gradient: Numbers;
}

export interface StabilizedLoss<Numbers extends Logits> extends LossResult<Numbers> {
  /** How often the cross-entropy counts a cell pixel. */
  positiveWeight: number;
}

/**
 * The loss that training takes, and its gradient: by default the stabilized combined loss (paper Algorithm 1), with other weights any sum of
 * its terms.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG
 */
export function stabilizedLoss<Numbers extends Logits>(
  logits: Numbers,
  target: Target,
  options: LossConfig & Shaped = {},
): StabilizedLoss<Numbers> {
  checkArray(logits, "logits", "Float32Array", "Float64Array");
  checkArray(target, "target", "Uint8Array", "Float32Array", "Float64Array");
  checkNamed(options, "options");
  const { shape = [1, 1, 1, logits.length], imageWeights = [], ...rest } = options;
  checkShape(logits, shape, "logits", 2);
  checkShape(target, shape, "target", 2);
  checkFinite(logits, "logits");
  const ignoring = checkTarget(target);
  const loss = parseConfig(lossOptionsSchema, rest, "loss");
  const weights = Float64Array.from(numbersOf(imageWeights, "imageWeights"));
  for (const [at, weight] of weights.entries()) {
    check(weight >= 0 && Number.isFinite(weight), weight, `imageWeights[${at}]`, "a number of at least 0");
  }
  return call(() => {
    const { functional } = native();
    const positiveWeight = functional.positiveWeight(target, shape, loss, ignoring);
    return { ...functional.loss(logits, target, shape, loss, ignoring, weights), positiveWeight };
  });
}

/**
 * The soft Dice term: 1 − (2 TP + smooth) / (Σp + Σt + smooth), the mean over samples. `logitClamp: 0, epsilon: 0` takes the plain
 * probabilities.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG, as each term below.
 */
export const diceLoss = one("dice");

/** The cross-entropy, in which cell pixels count the more the fewer there are. `positiveWeightMax: 1` makes it the plain one. */
export const bceLoss = one("bce");

/** The Tversky term: 1 − (TP + smooth) / (TP + α FP + β FN + smooth), the mean over samples. */
export const tverskyLoss = one("tversky");

/** The focal term: the mean over pixels of α_t (1 − p_t)^γ (−log p_t). */
export const focalLoss = one("focal");

/** The boundary term: the mean over pixels of σ(logit) · `signedDistanceMap`. */
export const boundaryLoss = one("boundary");

/** Whether pixels of a target do not count. */
function checkTarget(target: Target): boolean {
  const ignoring = target.includes(ignoredPixel);
  checkRange(ignoring ? target.filter((value) => value !== ignoredPixel) : target, 0, 1, "target");
  return ignoring;
}

function one(term: LossTermName) {
  const none = Object.fromEntries(lossTerms.map((name) => [name, 0]));
  return <Numbers extends Logits>(logits: Numbers, target: Target, options: Options = {}): LossResult<Numbers> => {
    checkNamed(options, "options");
    const { value, terms, gradient } = stabilizedLoss(logits, target, { ...options, ...none, [term]: 1 });
    return { value, terms, gradient };
  };
}

/**
 * For each pixel of masks [B, 1, H, W] the distance to the boundary of the cells, px: outside of them the distance to the nearest cell pixel;
 * inside 1 less than that to the nearest pixel outside, negative, so that a cell's rim is 0. Zeros for a mask that is empty or full. A value of
 * at least 0.5 is a cell.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT
 */
export function signedDistanceMap(masks: Target, shape: Shape): Float32Array {
  checkArray(masks, "masks", "Uint8Array", "Float32Array", "Float64Array");
  checkShapeItself(shape, "masks");
  if (shape.length !== 4) throw invalid(`the shape of masks is [${shape.join(", ")}]; it must be [B, 1, H, W].`, shape);
  checkShape(masks, shape, "masks");
  checkRange(masks, 0, 1, "masks");
  return call(() => native().functional.signedDistanceMap(masks, shape));
}
