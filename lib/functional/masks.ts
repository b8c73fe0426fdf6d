import type { MaskStatistics } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type Scores, scoresOf } from "../addon/scores.js";
import { type ComplexityConfig, complexityOptionsSchema } from "../config/complexity.js";
import { ignoredPixel } from "../config/data.js";
import { type EmptyPolicy, emptyScoreOf, metricsOptionsSchema } from "../config/inference.js";
import { parseConfig } from "../config/parse.js";
import { checkMask, checkNamed, checkNumber, checkRgb, checkWhole } from "../system/arrays.js";

/**
 * Area, perimeter (scikit-image's `perimeter(mask, neighborhood=4)`), number of cells (8-connected) and the smallest cell's area, px, and
 * what `complexityWeight` looks at beside them.
 * @param mask H·W, {0, 1} or {0, 255}.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT
 */
export function maskStatistics(mask: Uint8Array, height: number, width: number): MaskStatistics {
  checkMask(mask, height, width);
  return call(() => native().functional.maskStatistics(mask, height, width));
}

/** The sampling weight of an image whose mask has these statistics (`Sampler.byComplexity`). */
export function complexityWeight(statistics: MaskStatistics, options: ComplexityConfig = {}): number {
  const counted = checkStatistics(statistics);
  const complexity = parseConfig(complexityOptionsSchema, options, "complexity");
  return call(() => native().functional.complexityWeight(counted, complexity));
}

function checkStatistics(statistics: MaskStatistics): MaskStatistics {
  checkNamed(statistics, "statistics");
  const { area, perimeter, components, smallestComponent, pixels, boundaryExcess, smallestWhole } = statistics;
  checkWhole(area, "statistics.area");
  checkNumber(perimeter, "statistics.perimeter", 0);
  checkWhole(components, "statistics.components");
  checkWhole(smallestComponent, "statistics.smallestComponent");
  checkWhole(pixels, "statistics.pixels", area);
  checkNumber(boundaryExcess, "statistics.boundaryExcess", -1);
  checkWhole(smallestWhole, "statistics.smallestWhole");
  return { area, perimeter, components, smallestComponent, pixels, boundaryExcess, smallestWhole };
}

/** 8-connected components: labels 1 … count in raster order of each one's first pixel, 0 outside. */
export function connectedComponents(mask: Uint8Array, height: number, width: number): { labels: Int32Array; count: number } {
  checkMask(mask, height, width);
  return call(() => native().functional.connectedComponents(mask, height, width));
}

/** Euclidean distance of each cell pixel to the nearest pixel outside, px; 0 outside. */
export function distanceTransform(mask: Uint8Array, height: number, width: number): Float32Array {
  checkMask(mask, height, width);
  return call(() => native().functional.distanceTransform(mask, height, width));
}

/**
 * Every metric of an evaluation, for one prediction.
 * @param rgb the image, for the share of errors in low contrast; without it that share is undefined (NaN) and its pixels count as elsewhere.
 * @param options what an empty prediction on an empty truth scores; which pixel is which cell's, H·W labels (0 for background), where touching
 * cells are told apart: without them the components of a mask are its cells; and `ignored`, a mask H·W of pixels that count in no score: a
 * predicted cell that lies there by more than half is none, and of others the part that lies there is left out.
 */
export function metrics(
  prediction: Uint8Array,
  truth: Uint8Array,
  height: number,
  width: number,
  rgb?: Uint8Array,
  options: { emptyPolicy?: EmptyPolicy; predictedCells?: Int32Array; trueCells?: Int32Array; ignored?: Uint8Array } = {},
): Scores {
  const { predictedCells, trueCells, ignored, emptyPolicy } = parseConfig(metricsOptionsSchema, options, "metrics");
  checkMask(prediction, height, width, "prediction");
  checkMask(truth, height, width, "truth");
  if (rgb !== undefined) checkRgb(rgb, height, width);
  if (ignored !== undefined) checkMask(ignored, height, width, "options.ignored");
  const counted = ignored ? truth.map((cell, i) => (ignored[i] === 0 ? cell : ignoredPixel)) : truth;
  const empty = emptyScoreOf(emptyPolicy);
  const cells = [predictedCells ?? null, trueCells ?? null] as const;
  return scoresOf(call(() => native().functional.metrics(prediction, counted, rgb ?? null, height, width, empty, ...cells)));
}
