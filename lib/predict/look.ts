/** What a round of active learning asks of an image that is decoded already. */
import type { NativeLook, Precision } from "../addon/contract.js";
import { type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { withRule } from "../config/cells.js";
import { predictorOptionsSchema } from "../config/inference.js";
import { memoryAdvice } from "../config/memory-advice.js";
import { storeView, type TrainableDataset } from "../dataset/types.js";

export interface LookOptions {
  /** What pixels are counted by. */
  readonly by: "entropy" | "bald";
  readonly passes: number;
  readonly seed: number;
  /** Bins of equal width from 0 to ln 2 nats, the most that there can be. */
  readonly bins: number;
  /** Of pseudo-labels; 0: none. */
  readonly confidence: number;
  readonly precision?: Precision;
  readonly signal?: AbortSignal | undefined;
}

/** Passes with dropout over an image of a data set, as `Predictor.uncertainty` does them; the maps stay native. */
export function lookAt(
  model: SegmenterHolder,
  data: TrainableDataset,
  index: number,
  { signal, precision, ...look }: LookOptions,
): Promise<NativeLook> {
  const { store, indices } = data[storeView];
  const predictor = withRule(predictorOptionsSchema.parse({ precision }), undefined);
  const options = { ...predictor, ...look, tta: [], scale: 1, keep: false };
  const at = indices[index] as number;
  return settle(
    () => native().lookAt(model[segmenterHandle], store, at, options, () => undefined),
    signal,
    memoryAdvice.predict,
  );
}
