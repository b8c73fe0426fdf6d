/** Checks and completes what a training is asked for; train-options.ts says what each option means. */
import { z } from "zod";
import { augmentOptionsSchema } from "./augment.js";
import { lossOptionsSchema, lossWeightsSchema } from "./loss.js";

export type * from "./train-config.js";
export type * from "./train-options.js";

const share = (byDefault: number) => z.number().min(0).max(1).default(byDefault);
const decay = (byDefault: number) => z.number().min(0).lt(1).default(byDefault);

export const scheduleOptionsSchema = z.strictObject({
  maxLearningRate: z.number().positive().default(3e-4),
  pctStart: share(0.1),
  divFactor: z.number().min(1).default(25),
  finalDivFactor: z.number().min(1).default(40),
  cycleMomentum: z.boolean().default(true),
  baseMomentum: decay(0.85),
  maxMomentum: decay(0.95),
});

export const optimizerOptionsSchema = z.strictObject({
  weightDecay: z.number().min(0).default(1e-4),
  beta1: decay(0.9),
  beta2: decay(0.999),
  eps: z.number().positive().default(1e-8),
  gradientClip: z.number().min(0).default(0.5),
  maxSkippedSteps: z.int().min(0).default(20),
  encoderLearningRateFactor: z.number().positive().max(100).default(1),
});

export const monitorOptionsSchema = z.strictObject({
  emaDecay: z.union([z.literal("auto"), z.number().min(0).lt(1)]).default("auto"),
  metric: z.enum(["diceCombined", "dicePerImage", "diceWithCells", "diceMicro", "iouMicro", "loss"]).default("diceCombined"),
  outlierThreshold: z.number().positive().default(3.5),
  outlierWindow: z.int().min(1).default(10),
  outlierMinimum: z.int().min(1).default(5),
  madFloor: z.number().min(0).default(0.005),
  acceptAfter: z.int().min(1).default(3),
  rollback: z.boolean().default(false),
  rollbackDrop: share(0.5),
  every: z.int().min(1).default(1),
  batch: z.int().min(1).default(8),
  weightEma: decay(0),
});

export const learningRateSchema = z.union(
  [z.number().min(0), z.strictObject({ encoder: z.number().min(0), rest: z.number().min(0) })],
  "must be a learning rate of at least 0, or { encoder, rest }",
);

export const trainConfigSchema = z.strictObject({
  epochs: z.int().min(1).max(1_000_000).default(200),
  batch: z.int().min(1).max(65_536).default(4),
  accumulation: z.int().min(1).max(65_536).default(2),
  cropSize: z.union([z.literal(0), z.int().min(32).max(65_536)]).default(0),
  cropOnCells: share(0),
  seed: z.int().min(0).default(0),
  precision: z.enum(["auto", "fp32", "bf16", "fp16"]).default("auto"),
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d+)?)$/, 'must be "auto", "cpu", "cuda" or "cuda:N"')
    .default("auto"),
  restoreBest: z.boolean().default(true),
  patience: z.int().min(0).default(0),
  minutes: z.number().min(0).default(0),
  stopFile: z.string().default(""),
  learningRates: z.array(learningRateSchema).max(10_000_000).default([]),
  frozenEncoderEpochs: z.int().min(0).default(0),
  deterministic: z.boolean().default(false),
  memory: z.enum(["normal", "low"]).default("normal"),
  memoryCheck: z.boolean().default(true),
  augment: augmentOptionsSchema.prefault({}),
  loss: z.union([lossOptionsSchema, z.literal("own")], "must be options of the loss").prefault({}),
  lossWeights: z.array(lossWeightsSchema).max(1_000_000).default([]),
  schedule: scheduleOptionsSchema.prefault({}),
  optimizer: optimizerOptionsSchema.prefault({}),
  monitor: monitorOptionsSchema.prefault({}),
});
