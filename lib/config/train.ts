import { z } from "zod";
import { augmentOptionsSchema } from "./augment.js";
import { lossOptionsSchema, lossWeightsSchema } from "./loss.js";

const share = (byDefault: number) => z.number().min(0).max(1).default(byDefault);
const decay = (byDefault: number) => z.number().min(0).lt(1).default(byDefault);

/** OneCycle (paper eq. 5). */
export const scheduleOptionsSchema = z.strictObject({
  maxLearningRate: z.number().positive().default(3e-4),
  /** Share of the optimizer steps that warms up. */
  pctStart: share(0.1),
  /** The first learning rate is maxLearningRate / divFactor. */
  divFactor: z.number().min(1).default(25),
  /** The last is the first / finalDivFactor. */
  finalDivFactor: z.number().min(1).default(40),
  /** beta1 falls from maxMomentum to baseMomentum and rises again; otherwise it is optimizer.beta1 throughout. */
  cycleMomentum: z.boolean().default(true),
  baseMomentum: decay(0.85),
  maxMomentum: decay(0.95),
});

/** AdamW with its guards. */
export const optimizerOptionsSchema = z.strictObject({
  weightDecay: z.number().min(0).default(1e-4),
  beta1: decay(0.9),
  beta2: decay(0.999),
  eps: z.number().positive().default(1e-8),
  /** Largest global 2-norm of the gradients; 0: never clipped. */
  gradientClip: z.number().min(0).default(0.5),
  /** Optimizer steps in a row that may be left out because a loss or gradient is not finite; one more ends the run. */
  maxSkippedSteps: z.int().min(0).default(20),
  /** The encoder's learning rate is so many times that of the rest: below 1 for one that is pretrained. */
  encoderLearningRateFactor: z.number().positive().max(100).default(1),
});

/** Averages, outliers and the choice of the best epoch (paper eq. 6). */
export const monitorOptionsSchema = z.strictObject({
  /**
   * Weight of the past in the moving averages of the validation scores, which are bias-corrected. "auto": 1 − 1/h with h = validations
   * of the run / 20, at least 1 and at most 10; the paper's 200 epochs give its 0.9, up to 20 validations follow the raw scores.
   */
  emaDecay: z.union([z.literal("auto"), z.number().min(0).lt(1)]).default("auto"),
  /**
   * What the best epoch and the outlier test look at. diceCombined is the mean of diceWithCells and diceMicro: an empty image does not
   * score for free there, and its false positives count.
   */
  metric: z.enum(["diceCombined", "dicePerImage", "diceWithCells", "diceMicro", "iouMicro", "loss"]).default("diceCombined"),
  /** In robust standard deviations (1.4826 · MAD). */
  outlierThreshold: z.number().positive().default(3.5),
  /** The test looks at so many accepted values … */
  outlierWindow: z.int().min(1).default(10),
  /** … and begins when there are so many. */
  outlierMinimum: z.int().min(1).default(5),
  madFloor: z.number().min(0).default(0.005),
  /** So many outliers in a row that agree among themselves are a new level. */
  acceptAfter: z.int().min(1).default(3),
  /** Return to the last good weights when a score is worse than the median of the last accepted ones by rollbackDrop of it. */
  rollback: z.boolean().default(false),
  rollbackDrop: share(0.5),
  /** Epochs between validations; the last epoch is always validated. */
  every: z.int().min(1).default(1),
  /** Images per batch of a validation. */
  batch: z.int().min(1).default(8),
  /**
   * Decay of a moving average of the weights (Polyak averaging), which validation and checkpoint-best then use instead of the weights
   * themselves; 0.999 is usual, 0 keeps none. Early in the run it is (1 + t) / (10 + t) after t optimizer steps, where that is less. Before
   * each validation BatchNorm's statistics are measured anew for the averaged weights, on at most 64 batches of the training set.
   */
  weightEma: decay(0),
});

/** A learning rate, of the encoder's parameters and of the rest where they differ. */
export const learningRateSchema = z.union(
  [z.number().min(0), z.strictObject({ encoder: z.number().min(0), rest: z.number().min(0) })],
  "must be a learning rate of at least 0, or { encoder, rest }",
);

/** The training configuration. The defaults are the paper's (docs/fidelity.md). */
export const trainConfigSchema = z.strictObject({
  epochs: z.int().min(1).max(1_000_000).default(200),
  /** Images per batch. */
  batch: z.int().min(1).max(65_536).default(4),
  /** Batches per optimizer step. */
  accumulation: z.int().min(1).max(65_536).default(2),
  /** Side of random square crops, px; 0: whole images, which must then all have one size. */
  cropSize: z.union([z.literal(0), z.int().min(32).max(65_536)]).default(0),
  /**
   * The probability that a crop is centred on a cell, as far as the image's rim allows it: each 8-connected component of the mask is as likely
   * as another, the small as the large. Without crops it changes nothing.
   */
  cropOnCells: share(0),
  /** Of everything random; the same seed, data and threads give the same weights. */
  seed: z.int().min(0).default(0),
  /** auto: bf16 on a GPU, fp32 on the CPU. fp16, with dynamic loss scaling, is meant for a GPU: on a CPU it is correct and slow. */
  precision: z.enum(["auto", "fp32", "bf16", "fp16"]).default("auto"),
  /** auto: the first GPU, or the CPU when there is none. */
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d+)?)$/, 'must be "auto", "cpu", "cuda" or "cuda:N"')
    .default("auto"),
  /** After the last epoch the model holds the weights of the best epoch; otherwise those of the last. */
  restoreBest: z.boolean().default(true),
  /** End after so many epochs without a better one (see `monitor`); 0: train to the last epoch. */
  patience: z.int().min(0).default(0),
  /** End when the training has worked for so many minutes, after the step at hand; 0: no limit. The schedule is that of all epochs. */
  minutes: z.number().min(0).default(0),
  /** End, after the step at hand, when there is a file of this path; "": none. */
  stopFile: z.string().default(""),
  /**
   * The learning rate of optimizer step 0, 1, …, in place of the schedule's: a number, or `{ encoder, rest }`. The last entry holds to the end.
   * beta1 is then `optimizer.beta1` throughout. Empty: the schedule's.
   */
  learningRates: z.array(learningRateSchema).max(10_000_000).default([]),
  /** The encoder learns nothing for so many epochs, and its BatchNorms keep the statistics they came with. */
  frozenEncoderEpochs: z.int().min(0).default(0),
  /** Use only algorithms whose result does not vary from run to run; see `Trainer.limits` for what that cannot promise. */
  deterministic: z.boolean().default(false),
  /**
   * low: what is inside of a block of the network is computed again in the backward pass instead of being kept. The results
   * are the same up to the order in which gradients are added up; a step takes about a third longer.
   */
  memory: z.enum(["normal", "low"]).default("normal"),
  /** Refuse to start when the first step would not fit into memory. */
  memoryCheck: z.boolean().default(true),
  augment: augmentOptionsSchema.prefault({}),
  /** "own" stands for a function of a script, which a file cannot hold. */
  loss: z.union([lossOptionsSchema, z.literal("own")], "must be options of the loss").prefault({}),
  /** Weights of the loss's terms in epoch 0, 1, …, over those of `loss`; those of the last entry hold to the end. */
  lossWeights: z.array(lossWeightsSchema).max(1_000_000).default([]),
  schedule: scheduleOptionsSchema.prefault({}),
  optimizer: optimizerOptionsSchema.prefault({}),
  monitor: monitorOptionsSchema.prefault({}),
});

export type LearningRate = z.output<typeof learningRateSchema>;
export type ScheduleConfig = z.input<typeof scheduleOptionsSchema>;
export type OptimizerConfig = z.input<typeof optimizerOptionsSchema>;
export type MonitorConfig = z.input<typeof monitorOptionsSchema>;
export type TrainConfigInput = z.input<typeof trainConfigSchema>;
/** With every default filled in; `precision` and `device` may still be "auto". */
export type TrainConfig = z.output<typeof trainConfigSchema>;
