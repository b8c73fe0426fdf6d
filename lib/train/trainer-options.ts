/** What `new Trainer` is asked for: the training, and what it works on. */
import { z } from "zod";
import { type LossConfig, lossOptionsSchema, lossWeightsSchema, type SomeLossWeights } from "../config/loss.js";
import { type LearningRate, learningRateSchema, type TrainSettings, trainConfigSchema } from "../config/train.js";
import { storeView, type TrainableDataset, type TrainableSampler } from "../dataset/types.js";
import { RunFolder } from "../run/run-folder.js";
import type { TransformFunction } from "./own-functions.js";
import type { LossFunction } from "./own-loss.js";

/** How a trainer trains, whatever it works on. */
export interface TrainingOptions extends TrainSettings {
  /**
   * The weights of the loss's terms and their options, or a loss of one's own; validation's loss is then its value too. By default the paper's
   * stabilized loss.
   */
  loss?: LossConfig | LossFunction;
  /** Weights of the loss's terms by epoch, over those of `loss`. A function is asked for every epoch before the first. Default []. */
  lossWeights?: SomeLossWeights[] | ((epoch: number) => SomeLossWeights);
  /**
   * Learning rates by optimizer step, each at least 0, in place of the schedule's; the last entry holds to the end. A function is asked for every
   * step before the first. Default [].
   */
  learningRates?: LearningRate[] | ((step: number, steps: number) => LearningRate);
  /**
   * Augmentation of one's own, before the built-in one; with `augment: { enabled: false }` in place of it. By default there is only the built-in
   * one.
   */
  transform?: TransformFunction;
}

/** Options of `Trainer`. */
export interface TrainerOptions extends TrainingOptions {
  /** The images to learn from, each with a mask. Needed. */
  train: TrainableDataset;
  /** The images that each epoch is judged on, each with a mask, none of them among `train`. Needed. */
  validation: TrainableDataset;
  /**
   * How images are drawn. A sampler with a `draw` of its own is asked for the order of each epoch; it draws as many images for each as for the
   * first. By default every image once per epoch, shuffled.
   */
  sampler?: TrainableSampler;
  /** Where config.json, metrics.jsonl and the checkpoints go. By default nothing is written. */
  runFolder?: string | RunFolder;
  /** Continue the run in runFolder; "auto" begins one where there is none. Default false. */
  resume?: boolean | "auto";
  /** Replace the run in runFolder. Default false. */
  overwrite?: boolean;
}

const object = <T>(what: string, properties: readonly PropertyKey[]) =>
  z.custom<T>((value) => {
    return typeof value === "object" && value !== null && properties.every((property) => property in value);
  }, `must be ${what}`);
const dataset = object<TrainableDataset>("a Dataset", ["files", "sizes", "maskStatistics", "contentHashes", storeView]);

const aFunction = <T>(message: string) => z.custom<T>((value) => typeof value === "function", message);

export const trainerOptionsSchema = trainConfigSchema.extend({
  train: dataset,
  validation: dataset,
  loss: z.union([lossOptionsSchema, aFunction<LossFunction>("must be options of the loss, or a function")]).prefault({}),
  lossWeights: z
    .union([
      z.array(lossWeightsSchema).max(1_000_000),
      aFunction<(epoch: number) => SomeLossWeights>("must be a list of weights, or a function"),
    ])
    .default([]),
  learningRates: z
    .union([
      z.array(learningRateSchema).max(10_000_000),
      aFunction<(step: number, steps: number) => LearningRate>("must be a list of rates, or a function"),
    ])
    .default([]),
  transform: aFunction<TransformFunction>("must be a function").optional(),
  sampler: object<TrainableSampler>("a Sampler", ["weights", "draw"]).optional(),
  runFolder: z.union([z.string().min(1), z.instanceof(RunFolder)]).optional(),
  resume: z.union([z.boolean(), z.literal("auto")]).default(false),
  overwrite: z.boolean().default(false),
});
