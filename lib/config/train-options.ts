/** What a training is asked for. The defaults are the paper's; `TrainConfig` is the same with every default filled in. */
import type { AugmentConfig } from "./augment.js";
import type { LossConfig, SomeLossWeights } from "./loss.js";

/** OneCycle (paper eq. 5): the learning rate rises for a share of the optimizer steps and then falls along a cosine. */
export interface ScheduleConfig {
  /** The largest learning rate, above 0. Default 3e-4. */
  maxLearningRate?: number;
  /** Share of the optimizer steps that warms up, 0 to 1. Default 0.1. */
  pctStart?: number;
  /** The first learning rate is maxLearningRate / divFactor; at least 1. Default 25. */
  divFactor?: number;
  /** The last learning rate is the first / finalDivFactor; at least 1. Default 40. */
  finalDivFactor?: number;
  /** beta1 falls from maxMomentum to baseMomentum and rises again; otherwise it is `optimizer.beta1` throughout. Default true. */
  cycleMomentum?: boolean;
  /** The smallest beta1 of the cycle, 0 to below 1. Default 0.85. */
  baseMomentum?: number;
  /** The largest beta1 of the cycle, 0 to below 1. Default 0.95. */
  maxMomentum?: number;
}

/** AdamW with its guards. */
export interface OptimizerConfig {
  /** Decoupled weight decay, times the learning rate at each step, at least 0. Default 1e-4. */
  weightDecay?: number;
  /** Decay of the mean of gradients, 0 to below 1, where the schedule does not cycle it. Default 0.9. */
  beta1?: number;
  /** Decay of the mean of squared gradients, 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Added to the root of the mean of squared gradients, above 0. Default 1e-8. */
  eps?: number;
  /** Largest global 2-norm of the gradients, at least 0; 0: never clipped. Default 0.5. */
  gradientClip?: number;
  /**
   * Optimizer steps in a row that may be left out because a loss or gradient is not finite, at least 0; one more ends the run. Default 20.
   */
  maxSkippedSteps?: number;
  /**
   * The encoder's learning rate is so many times that of the rest, above 0, at most 100: below 1 for one that is pretrained. Default 1.
   */
  encoderLearningRateFactor?: number;
}

/** A score that the best epoch can be chosen by. All but `loss`, which is better where it is lower, are shares of 1. */
export type MonitorMetric = "diceCombined" | "dicePerImage" | "diceWithCells" | "diceMicro" | "iouMicro" | "loss";

/** When a validation score is an outlier. */
export interface OutlierLimits {
  /** How far below the median an outlier lies, robust standard deviations (1.4826 · MAD), above 0. Default 3.5. */
  outlierThreshold?: number;
  /** The outlier test looks at so many accepted values, at least 1. Default 10. */
  outlierWindow?: number;
  /** The outlier test begins when there are so many accepted values, at least 1. Default 5. */
  outlierMinimum?: number;
  /** The MAD of the outlier test is never below this, in the unit of the metric, at least 0. Default 0.005. */
  madFloor?: number;
}

/** Averages, outliers and the choice of the best epoch (paper eq. 6). */
export interface MonitorConfig extends OutlierLimits {
  /**
   * Weight of the past in the moving averages of the validation scores, which are bias-corrected, 0 to below 1. "auto": 1 − 1/h with
   * h = validations of the run / 20, at least 1 and at most 10; the paper's 200 epochs give its 0.9, up to 20 validations follow the raw
   * scores. Default "auto".
   */
  emaDecay?: "auto" | number;
  /**
   * What the best epoch and the outlier test look at. "diceCombined" is the mean of diceWithCells and diceMicro: an empty image does not
   * score for free there, and its false positives count. Default "diceCombined".
   */
  metric?: MonitorMetric;
  /** So many outliers in a row that agree among themselves are a new level, at least 1. Default 3. */
  acceptAfter?: number;
  /** Returns to the last good weights when a score is worse than the median of the last accepted ones by rollbackDrop of it. Default false. */
  rollback?: boolean;
  /** The relative drop that `rollback` answers, 0 to 1. Default 0.5. */
  rollbackDrop?: number;
  /** Epochs between validations, at least 1; the last epoch is always validated. Default 1. */
  every?: number;
  /** Images per batch of a validation, at least 1. It changes the speed, not the scores. Default 8. */
  batch?: number;
  /**
   * Decay of a moving average of the weights (Polyak averaging), 0 to below 1, which validation and checkpoint-best then use instead of the
   * weights themselves; 0.999 is usual, 0 keeps none. Early in the run it is (1 + t) / (10 + t) after t optimizer steps, where that is less. Before
   * each validation BatchNorm's statistics are measured anew for the averaged weights, on at most 64 batches of the training set. Default 0.
   */
  weightEma?: number;
}

/** A learning rate, at least 0: one for all parameters, or that of the encoder's and that of the rest. */
export type LearningRate = number | { encoder: number; rest: number };

/** What a training is asked for, but its loss and learning rates. */
export interface TrainSettings {
  /** Passes over the training images, 1 to 1,000,000. Default 200. */
  epochs?: number;
  /** Images per batch, 1 to 65,536. Default 4. */
  batch?: number;
  /** Batches per optimizer step, 1 to 65,536. Default 2. */
  accumulation?: number;
  /** Side of random square crops, px, 32 to 65,536; 0: whole images, which must then all have one size. Default 0. */
  cropSize?: number;
  /**
   * The probability that a crop is centred on a cell, as far as the image's rim allows it, 0 to 1: each 8-connected component of the mask is as
   * likely as another, the small as the large. Without crops it changes nothing. Default 0.
   */
  cropOnCells?: number;
  /** Seed of everything random, at least 0; the same seed, data and threads give the same weights. Default 0. */
  seed?: number;
  /**
   * "auto": bf16 on a GPU, fp32 on the CPU. "fp16", with dynamic loss scaling, is meant for a GPU: on a CPU it is correct and slow. Default "auto".
   */
  precision?: "auto" | "fp32" | "bf16" | "fp16";
  /** "cpu", "cuda" or "cuda:N"; "auto": the first GPU, or the CPU when there is none. Default "auto". */
  device?: string;
  /** After the last epoch the model holds the weights of the best epoch; otherwise those of the last. Default true. */
  restoreBest?: boolean;
  /** Ends after so many epochs without a better one (see `monitor`), at least 0; 0: train to the last epoch. Default 0. */
  patience?: number;
  /**
   * Ends when the training has worked for so many minutes, after the step at hand, at least 0; 0: no limit. The schedule is that of all
   * epochs. Default 0.
   */
  minutes?: number;
  /** Ends, after the step at hand, when there is a file of this path; "": none. Default "". */
  stopFile?: string;
  /** The encoder learns nothing for so many epochs, at least 0, and its BatchNorms keep the statistics they came with. Default 0. */
  frozenEncoderEpochs?: number;
  /** Uses only algorithms whose result does not vary from run to run; see `Trainer.limits` for what that cannot promise. Default false. */
  deterministic?: boolean;
  /**
   * "low": what is inside of a block of the network is computed again in the backward pass instead of being kept. The results
   * are the same up to the order in which gradients are added up; a step takes about a third longer. Default "normal".
   */
  memory?: "normal" | "low";
  /** Refuses to start when the first step would not fit into memory. Default true. */
  memoryCheck?: boolean;
  /** Augmentation of training images. By default that of the paper. */
  augment?: AugmentConfig;
  /** The learning rate by step. By default that of the paper. */
  schedule?: ScheduleConfig;
  /** AdamW with its guards. By default that of the paper. */
  optimizer?: OptimizerConfig;
  /** Validation: averages, outliers and the choice of the best epoch. By default that of the paper. */
  monitor?: MonitorConfig;
}

/** The training configuration. The defaults are the paper's. */
export interface TrainConfigInput extends TrainSettings {
  /**
   * The learning rate of optimizer step 0, 1, …, in place of the schedule's: each at least 0, one number or `{ encoder, rest }`. The last entry
   * holds to the end. beta1 is then `optimizer.beta1` throughout. Empty: the schedule's. Default [].
   */
  learningRates?: LearningRate[];
  /** Weights of the loss's terms, and their options; "own" stands for a function of a script. By default the paper's stabilized loss. */
  loss?: LossConfig | "own";
  /** Weights of the loss's terms in epoch 0, 1, …, over those of `loss`; those of the last entry hold to the end. Default []. */
  lossWeights?: SomeLossWeights[];
}
