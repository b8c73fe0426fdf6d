/** From the options of `acinus train` to the configuration of a model, a sampler and a trainer. */
import { z } from "zod";
import { complexityVersions } from "../../lib/config/complexity.js";
import { lossOptionsSchema, withTodaysNames } from "../../lib/config/loss.js";
import { modelOptionsSchema } from "../../lib/config/model.js";
import { parseConfig } from "../../lib/config/parse.js";
import { type Preset, type PresetName, presets } from "../../lib/config/presets.js";
import { trainConfigSchema } from "../../lib/config/train.js";
import { merge, readSettings, type Settings } from "./settings.js";

/** What -c and --set may hold: the trainer's options, the model's under `model`, and the sampler. */
export const runSettingsSchema = trainConfigSchema.extend({
  loss: lossOptionsSchema.prefault({}),
  model: modelOptionsSchema.prefault({}),
  sampler: z.enum(["complexity", "uniform"]).default("complexity"),
  /** The formula of the sampler: by default v2, or that of the run which is resumed. */
  complexity: z.enum(complexityVersions).optional(),
});

export interface TrainFlags {
  preset: PresetName;
  config?: string;
  set?: string[];
  architecture?: string;
  encoder?: string;
  weights?: string;
  inputMode?: string;
  epochs?: number;
  batch?: number;
  accumulation?: number;
  crop?: number;
  learningRate?: number;
  patience?: number;
  minutes?: number;
  stopFile?: string;
  sampler?: string;
  device?: string;
  precision?: string;
  seed?: number;
  deterministic?: boolean;
}

/** The preset, over it the file, over it --set, over it the options that have a name of their own. @throws ConfigError ACINUS_CONFIG */
export function resolveSettings(flags: TrainFlags) {
  const {
    architecture,
    encoder,
    weights,
    inputMode,
    epochs,
    batch,
    accumulation,
    crop,
    learningRate,
    patience,
    minutes,
    stopFile,
    sampler,
    device,
    precision,
    seed,
    deterministic,
  } = flags;
  const preset: Preset = presets[flags.preset];
  const named: Settings = {
    ...{ epochs, batch, accumulation, cropSize: crop, sampler, device, precision, seed, deterministic },
    ...{ patience, minutes, stopFile },
    ...(learningRate === undefined ? {} : { schedule: { maxLearningRate: learningRate } }),
    // One seed for all, unless model.seed is set by itself.
    model: { architecture, encoder, weights, inputMode },
  };
  const base: Settings = { ...preset.train, model: preset.model, sampler: preset.sampler };
  const settings = merge(merge(base, withTodaysNames(readSettings(flags.config, flags.set ?? [])) as Settings), named);
  const { model, sampler: order, complexity, ...train } = parseConfig(runSettingsSchema, settings, "config");
  const given = (settings.model as Settings).seed;
  return { model: { ...model, seed: given === undefined ? train.seed : model.seed }, sampler: order, complexity, train };
}
