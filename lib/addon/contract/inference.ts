/** What an evaluation and a prediction are asked for: the options of lib/config, with the words that only lib knows resolved. */
import type { EvaluatorConfig, PredictorConfig, TestTimeTransformName } from "../../config/inference.js";

export type { TestTimeTransformName };

export interface NativeEvaluateOptions extends Omit<EvaluatorConfig, "tta" | "emptyPolicy" | "worst"> {
  /** To average over; none: the image as it is. */
  tta: readonly TestTimeTransformName[];
  /** Of an empty prediction on an empty truth; NaN: undefined. */
  emptyScore: number;
}

export interface NativePredictOptions extends Omit<PredictorConfig, "tta"> {
  /** As of an evaluation. */
  tta: readonly TestTimeTransformName[];
}

/** The cells that a probability map shows. */
export interface NativeCells {
  /** H·W bytes: 1 in cells. */
  mask: Uint8Array;
  /** H·W: the number of each pixel's 8-connected component in raster order of their first pixels, from 1; 0 outside. */
  labels: Int32Array;
  /** Eight numbers a cell: area, centroid x and y, left, top, width and height of the box, mean probability. */
  measures: Float64Array;
}

export interface NativePrediction extends NativeCells {
  /** H·W values in [0, 1]. */
  probability: Float32Array;
}

/** Outlines along the pixels' edges (core/image/outlines.h). A list of starts has one entry more than things: where the last one ends. */
export interface NativeOutlines {
  /** x, y, x, y, … of rings that are not closed. */
  corners: Int32Array;
  /** Of each ring, in corners. */
  ringStarts: Float64Array;
  /** Of each polygon, in rings: an outer one and its holes. */
  polygonStarts: Float64Array;
  /** Of each label from 1, in polygons. */
  cellStarts: Float64Array;
}
