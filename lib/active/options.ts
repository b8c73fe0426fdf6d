/** What rounds of active learning are asked for. */
import type { TrainEvent } from "../addon/contract.js";
import { type ActiveConfig, type ActiveOptions, activeOptionsSchema } from "../config/active.js";
import { type ModelOptions, modelOptionsSchema } from "../config/model.js";
import { parseConfig } from "../config/parse.js";
import { type TrainConfig, trainConfigSchema } from "../config/train.js";
import type { Dataset } from "../dataset/dataset.js";
import { ConfigError } from "../errors.js";
import { check, checkObject, checkPath, isPlain, isSignal } from "../system/arguments.js";
import { checkData } from "../train/trainer-checks.js";
import type { TrainingOptions } from "../train/trainer-options.js";
import type { ActiveRound } from "./record.js";

/** Options of a trainer that the rounds do not set themselves. */
export interface RoundTrainerOptions extends TrainingOptions {}

/** Options of `runActiveLearning`. */
export interface ActiveLearningOptions extends ActiveOptions {
  /** Images with masks, of which each round sees the pool. What is outside of it has masks for the records alone. Needed. */
  train: Dataset;
  /** Images that choose the best epoch of each round. Needed. */
  validation: Dataset;
  /** Options of `Model.create`; `dropout` must be above 0 unless `by` is "random" and there are no pseudo-labels. Default {}. */
  model?: ModelOptions;
  /**
   * Options of each round's `Trainer`. `epochs` (default 200) is the total over all rounds, at least one a round: an epoch of a round draws as many
   * images as there are in the whole training set, so that all rounds together take the steps of one training of so many epochs. Schedules begin
   * anew in each round. Round r draws its order and augmentation from `seed` + 10,000 · (r − 1). Default {}.
   */
  trainer?: RoundTrainerOptions;
  /** How the pool is drawn: "uniform", or "complexity", as of `Sampler.byComplexity`. Default "uniform". */
  sampler?: "uniform" | "complexity";
  /** Folder of active.json, rounds.jsonl and a run folder for each round. A call with the same options and data goes on with what is there. Needed. */
  folder: string;
  /** An abort finishes the step, writes the checkpoint and rejects with `signal.reason`. The same call goes on from there. */
  signal?: AbortSignal;
  /** Is told what happens. */
  onEvent?: (event: ActiveEvent) => void;
}

/** What happens in rounds of active learning. Rounds count from 1. */
export type ActiveEvent = RoundTrainEvent | RoundLookEvent | RoundEvent;

/** An event of one round's training. */
export interface RoundTrainEvent {
  readonly type: "train";
  /** From 1. */
  readonly round: number;
  /** What its trainer says. */
  readonly event: TrainEvent;
}

/** Images outside of the pool are looked at. */
export interface RoundLookEvent {
  readonly type: "look";
  /** From 1. */
  readonly round: number;
  /** Images that were looked at. */
  readonly done: number;
  /** Images to look at. */
  readonly total: number;
}

/** A round is done. */
export interface RoundEvent {
  readonly type: "round";
  /** What it gave. */
  readonly record: ActiveRound;
  /** Whether it was done before this call. */
  readonly reused: boolean;
}

/** The options with all defaults. */
export interface ParsedActive {
  readonly active: ActiveConfig;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly model: ModelOptions;
  readonly trainer: RoundTrainerOptions;
  readonly sampler: "uniform" | "complexity";
  readonly folder: string;
  readonly epochs: readonly number[];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: ActiveEvent) => void;
}

/** @throws ConfigError ACINUS_CONFIG, AcinusError ACINUS_INVALID_ARGUMENT, DataError as of `Trainer`; before any work. */
export function parseActive(options: ActiveLearningOptions): ParsedActive {
  check(isPlain(options), options, "options", "an object of options");
  const { train, validation, model = {}, trainer = {}, sampler = "uniform", ...others } = options;
  const { folder, signal, onEvent = () => undefined, ...rest } = others;
  for (const [set, what] of [[train, "options.train"] as const, [validation, "options.validation"] as const]) {
    checkObject(set, what, "a Dataset", ["files", "subset", "withMasks"]);
  }
  checkPath(folder, "options.folder");
  check(sampler === "uniform" || sampler === "complexity", sampler, "options.sampler", '"uniform" or "complexity"');
  if (signal !== undefined) check(isSignal(signal), signal, "options.signal", "an AbortSignal");
  check(typeof onEvent === "function", onEvent, "options.onEvent", "a function");
  const active = parseConfig(activeOptionsSchema, rest, "options");
  const network = parseConfig(modelOptionsSchema, model, "options.model");
  const config = parseTrainer(trainer);
  const { dropout = 0 } = network;
  if (dropout === 0 && (active.by !== "random" || active.pseudoWeight > 0)) throw withoutDropout(dropout);
  if (typeof trainer.loss === "function" && active.pseudoWeight > 0) throw ownLoss();
  if (config.epochs < active.rounds) throw tooFew(config.epochs, active.rounds);
  checkData(train, validation, config, network);
  const epochs = epochsOf(config.epochs, active.rounds);
  return { active, train, validation, model, trainer, sampler, folder, epochs, seed: config.seed, signal, onEvent };
}

/** Of each round: as even as they can be, the later ones longer. */
export function epochsOf(epochs: number, rounds: number): number[] {
  return Array.from({ length: rounds }, (_, i) => Math.floor(epochs / rounds) + (i >= rounds - (epochs % rounds) ? 1 : 0));
}

function parseTrainer(trainer: RoundTrainerOptions): TrainConfig {
  const { loss, lossWeights, learningRates, transform: _transform, ...rest } = trainer;
  const plain = <Value>(value: Value) => (typeof value === "function" ? undefined : value);
  const own = { loss: plain(loss), lossWeights: plain(lossWeights), learningRates: plain(learningRates) };
  return parseConfig(
    trainConfigSchema.omit({ minutes: true, stopFile: true }),
    { ...rest, ...own },
    "options.trainer",
  ) as TrainConfig;
}

function withoutDropout(value: unknown): ConfigError {
  return new ConfigError("ACINUS_CONFIG", "The network has no dropout, so it cannot tell how sure it is.", {
    value,
    fix: 'Give the model a dropout (presets["attention-unet-active"].model has 0.2), or draw by chance: by: "random".',
  });
}

function ownLoss(): ConfigError {
  return new ConfigError("ACINUS_CONFIG", "A loss function of one's own does not see how much an image counts.", {
    fix: "Use the built-in loss, or leave out pseudo-labels (pseudoWeight: 0).",
  });
}

function tooFew(epochs: number, rounds: number): ConfigError {
  return new ConfigError("ACINUS_CONFIG", `${epochs} epochs cannot be divided into ${rounds} rounds of at least one epoch.`, {
    value: epochs,
    fix: "Give more epochs (trainer.epochs), or fewer rounds.",
  });
}
