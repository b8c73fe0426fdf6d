/** From a row and what all rows share to the options of its model, its training and its evaluation. */
import { type ActiveConfig, activeOptionsSchema } from "../config/active.js";
import { merge, type Settings } from "../config/merge.js";
import type { ModelOptions } from "../config/model.js";
import { ownEncoder } from "../config/networks.js";
import { parseConfig } from "../config/parse.js";
import type { TrainerOptions } from "../train/trainer.js";
import type { Row, VariantChanges } from "./variant.js";

/** What all rows have in common. */
export interface Common {
  /** Of every system that is built over an encoder. */
  readonly encoder?: string;
  /** What encoders start from, as of `Model.create`. */
  readonly weights?: string;
  /** Side of the square crops of training, px; 0: whole images. */
  readonly size?: number;
  readonly model?: Readonly<Settings>;
  readonly train?: Readonly<Settings>;
  /** Of the rounds of systems that have some. */
  readonly active?: Readonly<Settings>;
}

/** The options of one training and its scores. Epochs are added when the budget is known. */
export interface CellSettings {
  readonly model: ModelOptions;
  readonly train: Omit<TrainerOptions, "train" | "validation">;
  readonly sampler: "complexity" | "uniform";
  readonly evaluate: NonNullable<VariantChanges["evaluate"]>;
  /** Rounds of active learning in place of one training on all images. */
  readonly active?: ActiveConfig;
}

/** The row's preset, over it what all share, over that what the row changes. One seed for all that is random. */
export function settingsOf(row: Row, common: Common, seed: number): CellSettings {
  const { encoder, weights, size, model = {}, train = {}, active: rounds = {} } = common;
  const [preset, changes] = [settings(row.preset), settings(row.changes)];
  const { model: network, active: own } = merge(preset, changes) as VariantChanges;
  const shared = {
    active: own && rounds,
    model: fitting({ encoder, weights, ...model }, network),
    train: { cropSize: size, ...train },
  };
  const { sampler = "complexity", active, ...rest } = merge(merge(preset, shared), changes) as VariantChanges;
  return {
    model: { ...rest.model, seed } as ModelOptions,
    train: { ...rest.train, seed } as CellSettings["train"],
    sampler,
    evaluate: rest.evaluate ?? {},
    ...(active ? { active: parseConfig(activeOptionsSchema, active, `${row.name}.active`) } : {}),
  };
}

/** Options of the other kind of network: those built over an encoder of the registry, and those with one of their own. */
const foreign = {
  over: ["width", "dropout", "atrousRates"],
  own: ["encoder", "weights", "decoderChannels", "decoderAttention", "dropConnectRate"],
} as const;

/** What of the shared options the row's architecture has. */
function fitting(shared: Settings, { architecture = "unetplusplus" }: ModelOptions = {}): Settings {
  const left: readonly string[] = ownEncoder(architecture) ? foreign.own : foreign.over;
  return Object.fromEntries(Object.entries(shared).filter(([name]) => !left.includes(name)));
}

function settings({ model = {}, train = {}, sampler, active, evaluate = {} }: VariantChanges): Settings {
  return { model, train, sampler, active, evaluate };
}
