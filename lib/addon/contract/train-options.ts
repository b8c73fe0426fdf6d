/** What a training is asked for. */
import type { Precision } from "./basics.js";
import type { AugmentOptions, NativeSampleStore } from "./data.js";

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
