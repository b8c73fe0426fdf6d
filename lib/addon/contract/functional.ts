/** Parts of the method by themselves. */
import type { CrfConfig } from "../../config/crf.js";
import type { TypedTensor } from "./basics.js";
import type { AugmentDecisions, AugmentOptions, ComplexityOptions, MaskStatistics, SampleKey } from "./data.js";
import type { NativeEvaluation } from "./evaluation.js";
import type { LossTerms } from "./events.js";
import type { EdgeOptions } from "./segmenter.js";
import type { LossOptions, ScheduleOptions, ValidationOptions } from "./train-options.js";

export interface ValidationVerdict {
  outlier: boolean;
  /** Counts towards average and selection. */
  accepted: boolean;
  best: boolean;
  catastrophe: boolean;
  /** After this value; null before the first accepted one. */
  ema: number | null;
}

/** Parts of the method on typed arrays, synchronous, for lib/functional. */
export interface NativeFunctional {
  gaborKernels(options: EdgeOptions): TypedTensor;
  gaborEdges(rgb: Uint8Array, height: number, width: number, options: EdgeOptions): Float32Array;
  /** `channels` 3 (RGB) or 4 (and the edge channel). */
  networkInput(rgb: Uint8Array, height: number, width: number, channels: number, options: EdgeOptions): TypedTensor;
  /** Computed in the precision of `logits`. `imageWeights`: one for each sample, or none. */
  loss<Logits extends Float32Array | Float64Array>(
    logits: Logits,
    target: Uint8Array | Float32Array,
    shape: readonly number[],
    options: LossOptions,
    ignoring: boolean,
    imageWeights: Float64Array,
  ): { value: number; terms: LossTerms; gradient: Logits };
  /** The names of all terms that a loss may have. */
  lossTerms(): string[];
  /** The cross-entropy's weight of cell pixels. `ignoring`: pixels whose target is above 1 do not count. */
  positiveWeight(target: Uint8Array | Float32Array, shape: readonly number[], options: LossOptions, ignoring: boolean): number;
  /** target [B, 1, H, W]; px, negative inside of cells. */
  signedDistanceMap(target: Uint8Array | Float32Array, shape: readonly number[]): Float32Array;
  /** beta1 is null when `cycleMomentum` is off. */
  oneCycle(step: number, totalSteps: number, options: ScheduleOptions): { learningRate: number; beta1: number | null };
  maskStatistics(mask: Uint8Array, height: number, width: number): MaskStatistics;
  complexityWeight(statistics: MaskStatistics, options: ComplexityOptions): number;
  augment(
    rgb: Uint8Array,
    mask: Uint8Array,
    height: number,
    width: number,
    key: SampleKey,
    options: AugmentOptions,
  ): { image: Uint8Array; mask: Uint8Array };
  augmentDecisions(key: SampleKey, options: AugmentOptions): AugmentDecisions;
  /** float32 [2, H, W]: how far to the right and downwards each pixel is fetched from, px. */
  displacementField(height: number, width: number, key: SampleKey, options: AugmentOptions): TypedTensor;
  /** image [C, H, W], field [2, H, W]; bilinear or nearest, reflect-101 border. */
  remap(image: Float32Array, shape: readonly number[], field: Float32Array, nearest: boolean): TypedTensor;
  /** probability H·W, rgb H·W·3. */
  denseCrf(
    probability: Float32Array,
    rgb: Uint8Array,
    height: number,
    width: number,
    options: { crf: CrfConfig },
  ): Float32Array;
  testTimeTransform(image: Float32Array, shape: readonly number[], transform: number, inverse: boolean): TypedTensor;
  testTimeTransformNames(): string[];
  outlierTest(
    history: Float64Array,
    value: number,
    options: Pick<ValidationOptions, "outlierThreshold" | "outlierWindow" | "outlierMinimum" | "madFloor">,
  ): { outlier: boolean; median: number; limit: number };
  /** The verdict on each validation value in turn, as a run gives it (paper eq. 6). */
  validationTrace(values: Float64Array, options: ValidationOptions): ValidationVerdict[];
  connectedComponents(mask: Uint8Array, height: number, width: number): { labels: Int32Array; count: number };
  distanceTransform(mask: Uint8Array, height: number, width: number): Float32Array;
  /** All metrics of one image; rgb (for low-contrast errors) may be null, and so may labels of cells; emptyScore as of an evaluation. */
  metrics(
    prediction: Uint8Array,
    truth: Uint8Array,
    rgb: Uint8Array | null,
    height: number,
    width: number,
    emptyScore: number,
    predictedCells: Int32Array | null,
    trueCells: Int32Array | null,
  ): NativeEvaluation;
  weightedDraw(weights: Float64Array, count: number, seed: number, epoch: number): Int32Array;
  uniformDraw(count: number, seed: number, epoch: number): Int32Array;
  /** 1 for each sample of a batch whose branch of an encoder block a training step keeps, else 0. */
  dropConnectMask(where: { seed: number; step: number; block: number; batch: number; probability: number }): Uint8Array;
}
