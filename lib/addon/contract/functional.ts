/** Parts of the method by themselves. */
import type { Precision, TypedTensor } from "./basics.js";
import type {
  AugmentDecisions,
  AugmentOptions,
  ComplexityOptions,
  MaskStatistics,
  NativeSampleStore,
  SampleKey,
} from "./data.js";
import type { NativeEvaluation } from "./evaluation.js";
import type { EdgeOptions } from "./segmenter.js";
import type { OptimizerOptions, ScheduleOptions, StabilizedLossOptions, ValidationOptions } from "./train-options.js";
import type { LossTerms } from "./trainer.js";

export interface ValidationVerdict {
  outlier: boolean;
  /** Counts towards average and selection. */
  accepted: boolean;
  best: boolean;
  catastrophe: boolean;
  /** After this value; null before the first accepted one. */
  ema: number | null;
}

export interface OptimizerTraceEntry {
  /** After this batch. */
  parameters: Float32Array;
  gradientNorm: number | null;
  learningRate: number;
  skipped: "loss" | "gradient" | null;
}

/** What core/ops/kernel_check.h compares. */
export interface KernelCase {
  operation: string;
  images: number;
  height: number;
  width: number;
  channels: number[];
  kernel: number;
  stride: number;
  bfloat16: boolean;
  training: boolean;
  /** Activations that hardly differ from their mean. */
  flat: boolean;
  seed: number;
}

export interface KernelDifference {
  name: string;
  /** Largest absolute difference, and the largest value of the plain version in float64. */
  difference: number;
  scale: number;
}

/** Parts of the method on typed arrays, synchronous, for lib/functional. */
export interface NativeFunctional {
  gaborKernels(options: EdgeOptions): TypedTensor;
  gaborEdges(rgb: Uint8Array, height: number, width: number, options: EdgeOptions): Float32Array;
  /** `channels` 3 (RGB) or 4 (and the edge channel). */
  networkInput(rgb: Uint8Array, height: number, width: number, channels: number, options: EdgeOptions): TypedTensor;
  /** Computed in the precision of `logits`. */
  stabilizedLoss<Logits extends Float32Array | Float64Array>(
    logits: Logits,
    target: Uint8Array | Float32Array,
    shape: readonly number[],
    options: StabilizedLossOptions,
  ): { loss: number; terms: LossTerms; gradient: Logits };
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
  testTimeTransform(image: Float32Array, shape: readonly number[], transform: number, inverse: boolean): TypedTensor;
  testTimeTransformNames(): string[];
  outlierTest(
    history: Float64Array,
    value: number,
    options: Pick<ValidationOptions, "outlierThreshold" | "outlierWindow" | "outlierMinimum" | "madFloor">,
  ): { outlier: boolean; median: number; limit: number };
  /** The verdict on each validation value in turn, as a run gives it (METHOD section 7). */
  validationTrace(values: Float64Array, options: ValidationOptions): ValidationVerdict[];
  /**
   * The optimizer step of training on given gradients, one entry a batch. `gradients` is [batches, parameters]; a batch's loss is
   * the dot product of parameters and gradient.
   */
  optimizerTrace(
    parameters: Float32Array,
    gradients: Float32Array,
    options: {
      optimizer: OptimizerOptions;
      schedule: ScheduleOptions;
      precision: Precision;
      accumulation: number;
      /** Optimizer steps of the schedule. */
      totalSteps: number;
      /** Batches after which an incomplete accumulation is closed. */
      stepsPerEpoch: number;
      /** The first half of the parameters is the encoder; it is frozen for so many batches. */
      frozenBatches: number;
      /** Before every batch the optimizer is saved and made anew from that. */
      reopen: boolean;
    },
  ): OptimizerTraceEntry[];
  /**
   * Exercises the allocator of tensors, on so many threads at once: each entry allocates so many bytes, or frees the block that the
   * entry −1 − k made. Tells whether all blocks were aligned to 64 bytes and kept what was written to them, and gives `memory()` at
   * the end, before this thread frees what is left of all of them.
   */
  exerciseAllocator(
    operations: Float64Array,
    threads: number,
  ): {
    aligned: boolean;
    intact: boolean;
    current: number;
    peak: number;
    cached: number;
  };
  connectedComponents(mask: Uint8Array, height: number, width: number): { labels: Int32Array; count: number };
  distanceTransform(mask: Uint8Array, height: number, width: number): Float32Array;
  /** All metrics of one image; rgb (for low-contrast errors) may be null; emptyScore as of an evaluation. */
  metrics(
    prediction: Uint8Array,
    truth: Uint8Array,
    rgb: Uint8Array | null,
    height: number,
    width: number,
    emptyScore: number,
  ): NativeEvaluation;
  weightedDraw(weights: Float64Array, count: number, seed: number, epoch: number): Int32Array;
  uniformDraw(count: number, seed: number, epoch: number): Int32Array;
  /**
   * Planar bytes [B, 3, H, W] and [B, 1, H, W], augmented unless `augment` is null. `samples` may be empty: then the draws depend on the
   * indices themselves.
   */
  gather(
    store: NativeSampleStore,
    indices: Int32Array,
    cropSize: number,
    key: { seed: number; epoch: number },
    samples: Int32Array,
    augment: AugmentOptions | null,
  ): { pixels: Uint8Array; masks: Uint8Array; height: number; width: number };
  /** 1 for each sample of a batch whose branch of an encoder block a training step keeps, else 0. */
  dropConnectMask(where: { seed: number; step: number; block: number; batch: number; probability: number }): Uint8Array;
  /** Philox 4x32-10, the generator under every draw. */
  philox4x32(counter: Uint32Array, key: Uint32Array): Uint32Array;
  /** Each result, gradient and running statistic of a fast CPU operation beside its plain LibTorch version on random input. */
  compareKernels(request: KernelCase): KernelDifference[];
  /** The instruction set of the CPU kernels; "none" where ACINUS_CPU_ISA turns them off. */
  kernelIsa(): "avx512" | "avx2" | "baseline" | "none";
}
