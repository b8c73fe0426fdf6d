/** Gives facade objects access to each other's native side, by symbols that the package does not export. */
import type { CellRule } from "../config/cells.js";
import type { Channel } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import { AcinusError } from "../errors.js";
import { shown } from "../system/arguments.js";
import type { NativeCellMap, NativeSegmenter } from "./contract.js";

/** Of a prediction: what it is about, natively. */
export const cellMapHandle = Symbol("acinus.cellMap");

export interface CellMapHolder {
  readonly [cellMapHandle]: NativeCellMap;
}

export const segmenterHandle = Symbol("acinus.segmenter");

/** What training, evaluation and prediction need of a model. The getter throws ACINUS_CLOSED after close(). */
export interface SegmenterHolder {
  readonly [segmenterHandle]: NativeSegmenter;
  /** How its cells are told apart, where that was chosen for it. */
  readonly cells?: CellRule | undefined;
}

/** A network, with how it saw its training images where it knows. */
export type TrainedModel = Networks & {
  /** How its cells are told apart, where that was chosen for it. */
  readonly cells?: CellRule | undefined;
  /** How grey values become the bytes that it sees; undefined before a training. */
  readonly intensity?: IntensityRule | undefined;
  /** The channels that were taken of its training images; undefined: grey or colours. */
  readonly channels?: Channel[] | undefined;
  /** µm per pixel of its training images, where they say it. */
  readonly pixelSize?: number | undefined;
};

/** Key of the networks of an ensemble, whose probabilities are averaged. */
export const membersHandle = Symbol("acinus.members");

/** What prediction and evaluation need of a model or an ensemble. */
export type Networks = SegmenterHolder | { readonly [membersHandle]: readonly SegmenterHolder[] };

/** The networks as native code takes them. */
export function networksOf(model: Networks): readonly NativeSegmenter[] {
  if (membersHandle in model) return model[membersHandle].map((member) => member[segmenterHandle]);
  return [model[segmenterHandle]];
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT unless it is a model or an ensemble. */
export function checkNetworks(model: unknown): asserts model is Networks {
  if (typeof model === "object" && model !== null && membersHandle in model) return;
  checkModel(model);
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT unless it has a network. */
export function checkModel(model: unknown): asserts model is SegmenterHolder {
  if (typeof model === "object" && model !== null && segmenterHandle in model) return;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", `The model must be a Model, not ${shown(model)}.`, { value: model });
}
