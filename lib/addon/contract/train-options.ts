/** What a training is asked for: the schemas of lib/config with every default filled in. */
import type { z } from "zod";
import type { LossWeights, lossOptionsSchema } from "../../config/loss.js";
import type { monitorOptionsSchema, optimizerOptionsSchema, scheduleOptionsSchema, TrainConfig } from "../../config/train.js";
import type { Precision } from "./basics.js";
import type { NativeSampleStore } from "./data.js";

/** The weight of each term by its name, 0 for none, and what the terms are made with (paper Algorithm 1). */
export type LossOptions = z.output<typeof lossOptionsSchema>;
export type ScheduleOptions = z.output<typeof scheduleOptionsSchema>;
export type OptimizerOptions = z.output<typeof optimizerOptionsSchema>;
export type ValidationOptions = z.output<typeof monitorOptionsSchema>;

/** The configuration without what lib settles by itself: the device, the memory check, and which precision "auto" means. */
export interface NativeTrainOptions
  extends Omit<
    TrainConfig,
    "precision" | "device" | "deterministic" | "memoryCheck" | "loss" | "lossWeights" | "learningRates"
  > {
  precision: Precision;
  loss: LossOptions;
  /** Weights of all terms by epoch; empty: those of `loss` throughout. */
  lossWeights: readonly LossWeights[];
  /** Of optimizer step 0, 1, …, the last to the end; empty: the schedule's. Both are of one length. */
  learningRates: Float64Array;
  encoderLearningRates: Float64Array;
  /** Where the best epoch's weights and the last state go, in a folder that exists; null: none are written. */
  checkpoints: { best: string; last: string } | null;
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
  /** How many images the order of one's own draws for an epoch; 0: as many as there are. */
  draws: number;
  /** Of the order of each epoch. */
  samplerSeed: number;
}
