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
export interface TrainedModel extends SegmenterHolder {
  readonly intensity?: IntensityRule | undefined;
  readonly channels?: Channel[] | undefined;
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT unless it has a network. */
export function checkModel(model: unknown): asserts model is SegmenterHolder {
  if (typeof model === "object" && model !== null && segmenterHandle in model) return;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", `The model must be a Model, not ${shown(model)}.`, { value: model });
}
