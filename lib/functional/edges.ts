import type { TypedTensor } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type EdgeConfig, edgeOptionsSchema } from "../config/edges.js";
import { parseConfig } from "../config/parse.js";
import { checkOptions, wrongArgument } from "../system/arguments.js";
import { checkRgb } from "../system/arrays.js";

export type { EdgeConfig };

/**
 * The edge channel: the strongest answer of a bank of Gabor filters to the luma, at least 0, scaled to [0, 1] by the image's own range, or by
 * a fixed factor (paper eq. 4).
 * @param rgb interleaved 8-bit RGB, H·W·3.
 * @returns H·W values; all 0 for a constant image.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG
 */
export function gaborEdges(rgb: Uint8Array, height: number, width: number, options: EdgeConfig = {}): Float32Array {
  checkRgb(rgb, height, width);
  const edges = parseConfig(edgeOptionsSchema, options, "edges");
  return call(() => native().functional.gaborEdges(rgb, height, width, edges));
}

/** The filters, [orientations · wavelengths, size, size], orientation by orientation; OpenCV's `getGaborKernel` before compensation. */
export function gaborKernels(options: EdgeConfig = {}): TypedTensor {
  const edges = parseConfig(edgeOptionsSchema, options, "edges");
  return call(() => native().functional.gaborKernels(edges));
}

/** What a network sees: ImageNet-normalised RGB and, with 4 channels, the edge channel: [1, C, H, W]. */
export function networkInput(
  rgb: Uint8Array,
  height: number,
  width: number,
  options: { channels?: 3 | 4; edges?: EdgeConfig } = {},
): TypedTensor {
  checkRgb(rgb, height, width);
  checkOptions(options, "options", ["channels", "edges"]);
  const { channels = 4, edges: given = {} } = options;
  if (channels !== 3 && channels !== 4) throw wrongArgument(channels, "channels", "3 or 4");
  const edges = parseConfig(edgeOptionsSchema, given, "edges");
  return call(() => native().functional.networkInput(rgb, height, width, channels, edges));
}
