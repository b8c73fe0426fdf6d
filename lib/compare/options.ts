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

const optionsSchema = z.strictObject({
  /** How many repetitions with other seeds; each changes the initial weights, the order of images and their augmentation. */
  seeds: z.int().min(1).max(100).default(3),
  /** The first seed; also of the division of the data. */
  seed: z.int().min(0).default(0),
  /** Parts of the data that are scored in turn; where test images are given, parts that choose in turn. */
  folds: z.int().min(2).max(100).optional(),
  budget: budgetSchema.default({ epochs: 30 }),
  /** Of all systems that are built over one. */
  encoder: z.string().optional(),
  /** What encoders start from: as `weights` of `Model.create`. */
  weights: z.string().optional(),
  /** Side of the random square crops of training, px; 0: whole images. */
  size: z.int().min(0).default(0),
  /** Options of every model and every trainer, over those of the systems and under those of ablations and variants. */
  model: settings,
  train: settings,
  /** The same of the rounds of every system that is trained by active learning, as of `runActiveLearning`. */
  active: settings,
  /** Shares of the data for validation and test, where these are not given. */
  validationShare: share(0.2),
  testShare: share(0.2),
  /** Where trainings run; several at a time on several. Default: all GPUs, or the CPU. */
  devices: z
    .array(z.string().regex(/^(cpu|cuda(:\d+)?)$/, 'must be "cpu", "cuda" or "cuda:N"'))
    .min(1)
    .optional(),
});

export interface CompareOptions extends z.input<typeof optionsSchema> {
  /** Folder of all results: comparison.json, comparison.html, runs/ and cells/. */
  output: string;
  /** Names of systems, and variants of one's own. Default: every system. */
  systems?: readonly (string | Variant)[];
  ablations?: readonly string[] | "all";
  /** Predictions that are files, a folder for each name, as `scorePredictions` takes them. */
  predictions?: Readonly<Record<string, string>>;
  /** Images that choose the best epoch, the threshold and how cells are told apart. */
  validation?: Dataset;
  /** Images that are scored. */
  test?: Dataset;
  /** An abort finishes the step, writes a checkpoint and rejects with `signal.reason`. The same call goes on from there. */
  signal?: AbortSignal;
  onEvent?: (event: CompareEvent) => void;
}

export interface CellName {
  readonly system: string;
  readonly seed: number;
  readonly fold: number | null;
}

/** What happens in a comparison. */
export type CompareEvent =
  /** Steps of all trainings, those of finished cells included, and how many of them are done. */
  | { readonly type: "plan"; readonly cells: number; readonly finished: number; readonly steps: number; readonly done: number }
  | { readonly type: "timing"; readonly system: string }
  | { readonly type: "cell"; readonly cell: CellName; readonly state: "training" | "scoring" | "done" | "reused" }
  /** Images outside of the pool of active learning that were looked at after a round. */
  | { readonly type: "look"; readonly cell: CellName; readonly done: number; readonly total: number }
  | { readonly type: "failed"; readonly cell: CellName; readonly error: Error }
  /** `done`: steps of all trainings so far. */
  | { readonly type: "train"; readonly cell: CellName; readonly event: TrainEvent; readonly done: number };

/** The options with all defaults. */
export interface CompareConfig extends z.output<typeof optionsSchema> {
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
  const parsed = parseConfig(optionsSchema, rest, "options");
  const rows = chooseRows(systems, ablations, Object.keys(predictions));
  return { ...parsed, output, rows, predictions, validation, test, signal, onEvent };
}
