/**
 * Everything the native addon exports, typed in one place. Nothing but `load.ts` imports the `.node` file.
 *
 * Options arrive here validated and with every default filled in (lib/config does both): no key is optional unless `null` is a value.
 * Pixels are copied; tensors stay native. Sizes are in pixels, images interleaved RGB bytes (H·W·3), masks bytes (H·W, non-zero = cell).
 */

/** Long work on a thread of its own. `stop()` asks it to end at the next step; `done` then settles soon. */
export interface Job<T> {
  readonly done: Promise<T>;
  stop(): void;
}

export type Precision = "fp32" | "bf16" | "fp16";
export type TypedTensor = { readonly data: Float32Array; readonly shape: readonly number[] };

/** METHOD section 1. */
export interface EdgeOptions {
  orientations: number;
  wavelengths: number[];
  sigma: number;
  gamma: number;
  psi: number;
  kernelSize: number;
  dcCompensation: boolean;
  l1Normalize: boolean;
  beforeAugmentation: boolean;
}

/** METHOD sections 2 and 3. */
export interface NativeSegmenterConfig {
  architecture: "unetplusplus";
  encoder: string;
  inputMode: "projection" | "drop" | "inflate";
  decoderChannels: number[];
  dropConnectRate: number;
  projectionWidth: number;
  projectionInit: "identity" | "kaiming";
  seed: number;
  edges: EdgeOptions;
  channelsLast: boolean;
}

export interface StateEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "F32" | "F16" | "BF16" | "I64";
}

export interface NativeLoadReport {
  /** Entries that got a value. */
  loaded: number;
  /** What was done to the file's names and shapes before, a phrase each. */
  adapted: string[];
  /** Entries of the network that the file lacks; they kept their values. */
  missing: string[];
  /** Entries of the file that the network lacks. */
  unexpected: string[];
  /** Of another shape: "name: file [a, b], network [c, d]"; they kept their values. */
  mismatched: string[];
  /** The nearest name on the other side, for the first missing and unexpected entries that have one. */
  nearest: Record<string, string>;
}

export interface NativeLoadOptions {
  strict: boolean;
  /** "encoder": nothing else is taken from the file. */
  part: "all" | "encoder";
}

export interface NativeSaveOptions {
  /** "network": without the input projection, which is what an smp model has. */
  part: "all" | "network" | "projection";
  format: "safetensors" | "pth";
  /** Of a safetensors file; a .pth has none. */
  metadata: Record<string, string>;
}

/** Of one forward and backward pass in train mode (core/train/gradients.h). */
export interface NativeGradientOptions {
  loss: StabilizedLossOptions;
  precision: Precision;
  /** Of the drop-connect masks. */
  seed: number;
  step: number;
  updateStatistics: boolean;
}
export interface NativeGradients {
  loss: number;
  terms: LossTerms;
  logits: TypedTensor;
  /** Of the parameters that have a part in the loss, one tensor a name. */
  names: string[];
  tensors: TypedTensor[];
}

export interface NativeForwardOptions {
  precision: Precision;
  /** With convolutions made ready for inference (core/ops/prepared_conv2d.h), as predictions are. Without them as training computes. */
  prepared: boolean;
}

/** A network with its preprocessing (core/predict/segmenter.h). Construction is cheap; `build()` makes the network. */
export interface NativeSegmenter {
  build(): Job<void>;
  /** float32 [B, C, H, W], normalised → logits [B, 1, H, W], eval mode. */
  forward(data: Float32Array, shape: readonly number[], options: NativeForwardOptions): Job<TypedTensor>;
  /** As forward; the encoder's five features [B, C, H, W], shallowest first. */
  features(data: Float32Array, shape: readonly number[]): Job<TypedTensor[]>;
  /** data as for forward; target [B, 1, H, W] in [0, 1]. */
  gradients(
    data: Float32Array,
    shape: readonly number[],
    target: Uint8Array | Float32Array,
    options: NativeGradientOptions,
  ): Job<NativeGradients>;
  to(device: string): Job<void>;
  device(): string;
  entries(): StateEntry[];
  parameterCount(): number;
  /** A copy of one entry, as float32. */
  read(name: string): Float32Array;
  /** The entries of all files together. */
  loadFiles(paths: string[], options: NativeLoadOptions): Job<NativeLoadReport>;
  loadState(names: string[], tensors: TypedTensor[], strict: boolean): NativeLoadReport;
  save(path: string, options: NativeSaveOptions): Job<void>;
  close(): void;
}

export interface NativeSampleStore {
  /** Returns the index of the sample. */
  add(rgb: Uint8Array, mask: Uint8Array | null, height: number, width: number): number;
  size(): number;
  close(): void;
}

/** METHOD section 9. Probabilities, pixels, relative limits. */
export interface AugmentOptions {
  enabled: boolean;
  horizontalFlip: number;
  verticalFlip: number;
  rotate90: number;
  elastic: number;
  elasticAlpha: number;
  elasticSigma: number;
  brightnessContrast: number;
  brightnessLimit: number;
  contrastLimit: number;
}

/** METHOD section 4. */
export interface StabilizedLossOptions {
  diceWeight: number;
  bceWeight: number;
  tverskyWeight: number;
  boundaryWeight: number;
  tverskyAlpha: number;
  tverskyBeta: number;
  logitClamp: number;
  epsilon: number;
  smooth: number;
  positiveWeightMin: number;
  positiveWeightMax: number;
}

/** METHOD section 5. */
export interface ScheduleOptions {
  maxLearningRate: number;
  pctStart: number;
  divFactor: number;
  finalDivFactor: number;
  cycleMomentum: boolean;
  baseMomentum: number;
  maxMomentum: number;
}

/** METHOD section 6. */
export interface OptimizerOptions {
  weightDecay: number;
  beta1: number;
  beta2: number;
  eps: number;
  gradientClip: number;
  maxSkippedSteps: number;
  /** The encoder's learning rate is so many times that of the rest. */
  encoderLearningRateFactor: number;
}

/** METHOD section 7. */
export interface ValidationOptions {
  emaDecay: number;
  metric: "dicePerImage" | "diceWithCells" | "diceMicro" | "iouMicro" | "loss";
  outlierThreshold: number;
  outlierWindow: number;
  outlierMinimum: number;
  madFloor: number;
  acceptAfter: number;
  rollback: boolean;
  rollbackDrop: number;
  every: number;
  batchSize: number;
  weightEma: number;
}

export interface NativeTrainOptions {
  epochs: number;
  batchSize: number;
  accumulation: number;
  cropSize: number;
  seed: number;
  precision: Precision;
  memory: "normal" | "low";
  augment: AugmentOptions;
  loss: StabilizedLossOptions;
  schedule: ScheduleOptions;
  optimizer: OptimizerOptions;
  validation: ValidationOptions;
  frozenEncoderEpochs: number;
  /** Folder of checkpoint-best/last; created by lib. Empty: no checkpoints. */
  runFolder: string;
  /** Metadata of every checkpoint (the model's configuration as JSON, versions). */
  metadata: Record<string, string>;
}

export interface NativeTrainData {
  train: NativeSampleStore;
  trainIndices: Int32Array;
  validation: NativeSampleStore;
  validationIndices: Int32Array;
  /** One weight per train index; empty: every image once per epoch, shuffled. */
  weights: Float64Array;
  /** Of the order of each epoch. */
  samplerSeed: number;
}

export interface ValidationScores {
  dice: number; // per-image mean over all images
  diceWithCells: number;
  diceMicro: number;
  iouMicro: number;
  precisionMicro: number;
  recallMicro: number;
  loss: number;
}

/** The discriminated union of everything a training run says. Times are in seconds since the run's start. */
export type TrainEvent =
  | {
      type: "start";
      epoch: number;
      epochs: number;
      stepsPerEpoch: number;
      totalSteps: number;
      images: number;
      resumed: boolean;
      /** Of a resumed run: what is not as it was before the stop, a phrase each. Added by lib. */
      differences?: readonly string[];
    }
  | ({ type: "step"; time: number } & StepResult)
  | {
      type: "epoch";
      epoch: number;
      loss: number;
      seconds: number;
      learningRate: number;
      skippedSteps: number;
      /** Null when this epoch was not validated. */
      validation: ValidationScores | null;
      ema: ValidationScores | null;
      best: boolean;
    }
  | { type: "outlier"; epoch: number; metric: string; value: number; median: number; limit: number; accepted: boolean }
  | { type: "skippedStep"; epoch: number; step: number; reason: "loss" | "gradient"; inARow: number }
  | { type: "rollback"; epoch: number; from: number; to: number }
  | { type: "checkpoint"; epoch: number; path: string; kind: "best" | "last" | "named" }
  | { type: "end"; reason: "finished" | "stopped"; epoch: number; bestEpoch: number; bestValue: number; seconds: number };

/** The unweighted terms of the loss, and the cross-entropy's weight of cell pixels. */
export interface LossTerms {
  dice: number;
  bce: number;
  tversky: number;
  /** Below 0 where cells are found deep inside; null when its weight is 0: it is then not computed. */
  boundary: number | null;
  positiveWeight: number;
}

export interface StepResult {
  /** Counts batches from 0 over the whole run. */
  step: number;
  epoch: number;
  loss: number;
  terms: LossTerms;
  /** Global norm before clipping; null on a batch that only accumulates. */
  gradientNorm: number | null;
  learningRate: number;
  skipped: boolean;
}

/** Where a run stands: epochs completed, batches of the next epoch already done, batches done in all. */
export interface RunPosition {
  epoch: number;
  batch: number;
  step: number;
}

export interface FitResult {
  reason: "finished" | "stopped";
  epoch: number;
  bestEpoch: number;
  bestValue: number;
  seconds: number;
}

/** The training loop (core/train/trainer.h). `fit` is written with `step`, `validate` and `checkpoint`. */
export interface NativeTrainer {
  /** Waits for `settle` before it writes checkpoint-last: everything reported so far should then be on disk. */
  fit(onEvent: (event: TrainEvent) => void, settle: () => Promise<void>): Job<FitResult>;
  /** Indices into the train set's own order (0 … trainIndices.length − 1). */
  step(indices: Int32Array, epoch: number): Job<StepResult>;
  validate(): Job<ValidationScores>;
  /** Weights and, beside them, the state that resume needs. */
  checkpoint(path: string): Job<void>;
  /** Restores weights and state; afterwards fit() continues. */
  resume(path: string): Job<RunPosition>;
  /** Estimated peak bytes of one training step at this batch and size. */
  estimateMemory(height: number, width: number): Job<number>;
  close(): void;
}

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
}
export interface ObjectScores {
  truth: number;
  predicted: number;
  matched: number;
  precision: number;
  recall: number;
  f1: number;
  panopticQuality: number;
  missed: number;
  phantom: number;
  merged: number;
  split: number;
  smallRecall: number;
  largeRecall: number;
  mergeRate: number;
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
/** METHOD section 11; NaN where undefined, counted in `undefined`. */
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
  undefined: number;
  perImageScores: ImageScores[];
}

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

/** Of one mask; px, zeros without cells. The perimeter is scikit-image's `perimeter(mask, neighborhood=4)`. */
export interface MaskStatistics {
  area: number;
  perimeter: number;
  components: number;
  smallestComponent: number;
}

/** METHOD section 8. */
export interface ComplexityOptions {
  emptyWeight: number;
  cellWeight: number;
  boundaryGain: number;
  densityGain: number;
  boundaryScale: number;
  crowdedComponents: number;
  smallArea: number;
  smallFactor: number;
}

/** What a random draw for one sample depends on. */
export interface SampleKey {
  seed: number;
  epoch: number;
  index: number;
}

/** What augmentation does to one sample, in this order. */
export interface AugmentDecisions {
  horizontalFlip: boolean;
  verticalFlip: boolean;
  /** Counter-clockwise, 0 to 3. */
  quarterTurns: number;
  elastic: boolean;
  /** Factor. */
  contrast: number;
  /** Grey levels. */
  brightness: number;
}

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

export interface NativeWeightsFile {
  format: "safetensors" | "pth";
  /** In a .pth: keys of the dicts around the state dict, outermost first. */
  path: string[];
  entries: Pick<StateEntry, "name" | "shape">[];
}

export interface NativeAddon {
  /** Version of the LibTorch headers this addon was compiled with. */
  readonly libtorchVersion: string;
  readonly functional: NativeFunctional;
  readonly SampleStore: new () => NativeSampleStore;
  readonly Segmenter: new (config: NativeSegmenterConfig) => NativeSegmenter;
  readonly Trainer: new (segmenter: NativeSegmenter, data: NativeTrainData, options: NativeTrainOptions) => NativeTrainer;
  evaluate(
    segmenter: NativeSegmenter,
    store: NativeSampleStore,
    indices: Int32Array,
    options: NativeEvaluateOptions,
    onProgress: (done: number, total: number) => void,
  ): Job<NativeEvaluation>;
  /** Probabilities float32 [H·W] in [0, 1]. */
  predict(
    segmenter: NativeSegmenter,
    rgb: Uint8Array,
    height: number,
    width: number,
    options: NativePredictOptions,
    onProgress: (tilesDone: number, tiles: number) => void,
  ): Job<Float32Array>;
  /** What a file of weights holds, in any format that can be read (core/io/weights_file.h). Every tensor is read and checked. */
  inspectWeights(path: string): Job<NativeWeightsFile>;
  /** The same, written as safetensors with the names of the file. */
  convertWeights(from: string, to: string): Job<NativeWeightsFile>;
  cudaDevices(): { name: string; totalMemory: number }[];
  setThreads(count: number): void;
  /** Of the whole process: an operation that has only a version whose result varies then fails, by name. */
  setDeterministic(on: boolean): void;
  threads(): number;
  /** Bytes of live tensors on the CPU, the most that ever were, and bytes kept for reuse. */
  memory(): { current: number; peak: number; cached: number };
  /** Gives the memory that is kept for reuse back to the system. */
  releaseMemory(): void;
  /** Ends the process without waiting for running jobs, exit listeners or destructors. */
  exitAtOnce(code: number): never;
  /** Stops and joins every running job of this environment; later ones are refused. */
  stopAll(): void;
}
