/** Pixels on their way into native memory. */
import { setImmediate } from "node:timers/promises";
import type { NativeCellMap } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { AcinusError } from "../errors.js";
import { check, checkArray, checkObject } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";

/** An image in memory: interleaved RGB bytes, height · width · 3. */
export interface Pixels {
  /** Interleaved RGB bytes, height · width · 3. */
  readonly data: Uint8Array;
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
}

/** So many bytes are copied in well under a millisecond. */
const stretch = 1 << 20;

export interface MapParts {
  probability?: Float32Array;
  rgb?: Uint8Array;
}

/**
 * A map with copies of these arrays, whose lengths fit. The event loop turns between stretches, so that large images do not hold it; the
 * arrays must stay as they are until the promise settles.
 */
export async function cellMapOf(
  { height, width }: { height: number; width: number },
  { probability, rgb }: MapParts,
  signal?: AbortSignal,
): Promise<NativeCellMap> {
  signal?.throwIfAborted();
  const map = call(() => new (native().CellMap)(height, width));
  if (probability) await copy(probability, 4, (at, part) => map.writeProbability(at, part), signal);
  if (rgb) await copy(rgb, 1, (at, part) => map.writeRgb(at, part), signal);
  return map;
}

async function copy<Values extends Float32Array | Uint8Array>(
  values: Values,
  bytes: number,
  write: (at: number, part: Values) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { length } = values;
  const step = stretch / bytes;
  for (let at = 0; at < length; at += step) {
    if (at > 0) await setImmediate();
    signal?.throwIfAborted();
    if (values.length !== length) {
      const message = "The pixels were handed to another thread while they were read.";
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { fix: "Hand them over when the promise has settled." });
    }
    call(() => write(at, values.subarray(at, at + step) as Values));
  }
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT unless these are RGB pixels, of that size where one is given. */
export function checkPixels(image: Pixels, size?: { height: number; width: number }): Pixels {
  checkObject(image, "image", "a path, or pixels as { data, height, width }", ["data", "height", "width"]);
  const { data, height, width } = image;
  checkWhole(height, "image.height", 1);
  checkWhole(width, "image.width", 1);
  checkArray(data, "image.data", "Uint8Array");
  if (size && (height !== size.height || width !== size.width)) {
    const message = `The image is ${width}×${height} px and its probabilities ${size.width}×${size.height}.`;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: { height, width } });
  }
  if (data.length === height * width * 3) return image;
  const message = `${data.length} bytes are no RGB image of ${height}×${width}: that takes ${height * width * 3}.`;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, {
    value: { length: data.length, height, width },
    fix: "Give interleaved RGB bytes in a Uint8Array.",
  });
}

/** µm per pixel. */
export function checkPixelSize(value: number): void {
  check(typeof value === "number" && value > 0 && Number.isFinite(value), value, "options.pixelSize", "a number of µm above 0");
}
