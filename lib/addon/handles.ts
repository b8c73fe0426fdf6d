/** How facade objects reach each other's native side without showing it: keyed by symbols that the package does not export. */
import type { NativeSegmenter } from "./contract.js";

export const segmenterHandle = Symbol("acinus.segmenter");

/** What training, evaluation and prediction need of a model. The getter throws ACINUS_CLOSED after close(). */
export interface SegmenterHolder {
  readonly [segmenterHandle]: NativeSegmenter;
}
