import { type CellMapHolder, cellMapHandle } from "../addon/handles.js";
import { checkObject } from "../system/arguments.js";
import type { Instance } from "./instances.js";
import type { CellMeasurements } from "./measurements.js";

/** What the formats need of a prediction: its cells, and natively which pixel is which cell's. */
export interface PredictedCells extends CellMapHolder {
  readonly height: number;
  readonly width: number;
  readonly instances: readonly Instance[];
  /** The image's file, and µm per pixel, where they are known. */
  readonly source?: string | undefined;
  readonly pixelSize?: number | undefined;
  measurements(signal?: AbortSignal): Promise<readonly CellMeasurements[]>;
}

export function checkPredicted(prediction: unknown): asserts prediction is PredictedCells {
  checkObject(prediction, "prediction", "a Prediction", ["width", "height", "instances", cellMapHandle]);
}
