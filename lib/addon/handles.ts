/** Gives facade objects access to each other's native side, by symbols that the package does not export. */
import { AcinusError } from "../errors.js";
import { shown } from "../system/arguments.js";
import type { NativeSegmenter } from "./contract.js";

export const segmenterHandle = Symbol("acinus.segmenter");

/** What training, evaluation and prediction need of a model. The getter throws ACINUS_CLOSED after close(). */
export interface SegmenterHolder {
  readonly [segmenterHandle]: NativeSegmenter;
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT unless it has a network. */
export function checkModel(model: unknown): asserts model is SegmenterHolder {
  if (typeof model === "object" && model !== null && segmenterHandle in model) return;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", `The model must be a Model, not ${shown(model)}.`, { value: model });
}
