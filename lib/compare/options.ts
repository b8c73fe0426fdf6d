/** What a comparison is asked for. */
import { z } from "zod";
import type { TrainEvent } from "../addon/contract.js";
import { parseConfig } from "../config/parse.js";
import type { Dataset } from "../dataset/dataset.js";
import { check, checkObject, checkPath, isPlain, isSignal } from "../system/arguments.js";
import { type Budget, budgetSchema } from "./budget.js";
import { chooseRows } from "./rows.js";
import type { Row, Variant } from "./variant.js";

const share = (byDefault: number) => z.number().gt(0).lt(1).default(byDefault);
const settings = z.record(z.string(), z.unknown()).default({});

/** How a comparison trains and divides. */
export interface CompareSettings {
  /** Repetitions with other seeds, 1 to 100; each changes the initial weights, the order of images and their augmentation. Default 3. */
  seeds?: number;
  /** The first seed, at least 0; also of the division of the data. Default 0. */
  seed?: number;
  /**
   * Parts of the data that are scored in turn, 2 to 100; where test images are given, parts that choose in turn. By default the data is divided
   * once.
   */
  folds?: number;
  /** How long each system is trained. Default {"epochs":30}. */
  budget?: Budget;
  /** The encoder of all systems that are built over one. By default that of each system. */
  encoder?: string;
  /** What encoders start from: as `weights` of `Model.create`. By default as each system says. */
  weights?: string;
  /** Side of the random square crops of training, px, at least 0; 0: whole images. Default 0. */
  size?: number;
  /** Options of every model, over those of the systems and under those of ablations and variants. Default {}. */
  model?: Record<string, unknown>;
  /** Options of every trainer, over those of the systems and under those of ablations and variants. Default {}. */
  train?: Record<string, unknown>;
  /** Options of the rounds of every system that is trained by active learning, as of `runActiveLearning`. Default {}. */
  active?: Record<string, unknown>;
  /** Share of the data for validation where this is not given, above 0, below 1. Default 0.2. */
  validationShare?: number;
  /** Share of the data for test where this is not given, above 0, below 1. Default 0.2. */
  testShare?: number;
  /** Where trainings run: "cpu", "cuda" or "cuda:N", one at least; several at a time on several. By default all GPUs, or the CPU. */
  devices?: string[];
}

export const compareSettingsSchema = z.strictObject({
  seeds: z.int().min(1).max(100).default(3),
  seed: z.int().min(0).default(0),
  folds: z.int().min(2).max(100).optional(),
  budget: budgetSchema.default({ epochs: 30 }),
  encoder: z.string().optional(),
  weights: z.string().optional(),
  size: z.int().min(0).default(0),
  model: settings,
  train: settings,
  active: settings,
  validationShare: share(0.2),
  testShare: share(0.2),
  devices: z
    .array(z.string().regex(/^(cpu|cuda(:\d+)?)$/, 'must be "cpu", "cuda" or "cuda:N"'))
    .min(1)
    .optional(),
});

/** What `compare` is asked for. */
export interface CompareOptions extends CompareSettings {
  /** Folder of all results: comparison.json, comparison.html, runs/ and cells/. Needed. */
  output: string;
  /** Names of systems, and variants of one's own. By default every system. */
  systems?: readonly (string | Variant)[];
  /** Names of ablations, or all of them. By default none. */
  ablations?: readonly string[] | "all";
  /** Predictions that are files, a folder for each name, as `scorePredictions` takes them. By default none. */
  predictions?: Readonly<Record<string, string>>;
  /** Images that choose the best epoch, the threshold and how cells are told apart. By default a share of the data. */
  validation?: Dataset;
  /** Images that are scored. By default a share of the data. */
  test?: Dataset;
  /** An abort finishes the step, writes a checkpoint and rejects with `signal.reason`. The same call goes on from there. */
  signal?: AbortSignal;
  /** Is told what happens. */
  onEvent?: (event: CompareEvent) => void;
}

/** One training of a comparison: a system, a seed, a fold. */
export interface CellName {
  /** The name of its row. */
  readonly system: string;
  /** The seed of its weights, order and augmentation. */
  readonly seed: number;
  /** The part of the data that it leaves out, from 0; null without folds. */
  readonly fold: number | null;
}

/** What happens in a comparison. */
export type CompareEvent = PlanEvent | TimingEvent | CellEvent | CellLookEvent | CellFailedEvent | CellTrainEvent;

/** Once, before the work: how much there is. */
export interface PlanEvent {
  readonly type: "plan";
  /** Trainings in all. */
  readonly cells: number;
  /** Trainings that an earlier call has done. */
  readonly finished: number;
  /** Steps (batches) of all trainings, those of finished ones included. */
  readonly steps: number;
  /** How many of the steps are done. */
  readonly done: number;
}

/** A system's pace is measured, to turn minutes into epochs. */
export interface TimingEvent {
  readonly type: "timing";
  /** The name of its row. */
  readonly system: string;
}

/** A training has come to its next state. */
export interface CellEvent {
  readonly type: "cell";
  /** Which training. */
  readonly cell: CellName;
  /** What begins, or how it ended; "reused": its scores are those of an earlier call. */
  readonly state: "training" | "scoring" | "done" | "reused";
}

/** Images outside of the pool of active learning are looked at after a round. */
export interface CellLookEvent {
  readonly type: "look";
  /** Which training. */
  readonly cell: CellName;
  /** Images that were looked at. */
  readonly done: number;
  /** Images to look at. */
  readonly total: number;
}

/** A training has failed; the others go on. */
export interface CellFailedEvent {
  readonly type: "failed";
  /** Which training. */
  readonly cell: CellName;
  /** Why. */
  readonly error: Error;
}

/** An event of one training. */
export interface CellTrainEvent {
  readonly type: "train";
  /** Which training. */
  readonly cell: CellName;
  /** What its trainer says. */
  readonly event: TrainEvent;
  /** Steps of all trainings so far. */
  readonly done: number;
}

/** The options with all defaults. */
export interface CompareConfig extends z.output<typeof compareSettingsSchema> {
  readonly output: string;
  readonly rows: readonly Row[];
  readonly predictions: Readonly<Record<string, string>>;
  readonly validation: Dataset | undefined;
  readonly test: Dataset | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: CompareEvent) => void;
  readonly budget: Budget;
}

/** @throws ConfigError ACINUS_CONFIG, AcinusError ACINUS_INVALID_ARGUMENT */
export function parseOptions(data: Dataset, options: CompareOptions): CompareConfig {
  const aSet = (value: unknown, what: string) => checkObject(value, what, "a Dataset", ["files", "split", "subset"]);
  aSet(data, "data");
  check(isPlain(options), options, "options", "an object of options");
  const {
    output,
    systems,
    ablations,
    predictions = {},
    validation,
    test,
    signal,
    onEvent = () => undefined,
    ...rest
  } = options;
  checkPath(output, "options.output");
  if (signal !== undefined) check(isSignal(signal), signal, "options.signal", "an AbortSignal");
  check(typeof onEvent === "function", onEvent, "options.onEvent", "a function");
  check(isPlain(predictions), predictions, "options.predictions", "an object of folders by name");
  for (const [name, folder] of Object.entries(predictions)) checkPath(folder, `options.predictions.${name}`);
  if (validation !== undefined) aSet(validation, "options.validation");
  if (test !== undefined) aSet(test, "options.test");
  const parsed = parseConfig(compareSettingsSchema, rest, "options");
  const rows = chooseRows(systems, ablations, Object.keys(predictions));
  return { ...parsed, output, rows, predictions, validation, test, signal, onEvent };
}
