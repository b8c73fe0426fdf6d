import type { Instance } from "./instances.js";

/** What the formats need of a prediction: its cells, and the label of the cell that each pixel belongs to. */
export interface PredictedCells {
  readonly height: number;
  readonly width: number;
  /** [height · width], 0 outside of cells. */
  readonly labels: Int32Array;
  readonly instances: readonly Instance[];
}
