/** Images and labels that lie in arrays, one after the other. */

import { DataError } from "../../errors.js";
import { seen } from "../decode.js";
import type { RawImage } from "../decoded.js";
import { unreadable } from "../formats/file.js";
import type { ImageStack } from "../formats/npy-file.js";
import type { TypedArray } from "../formats/values.js";
import type { ReadOptions } from "./layout.js";

/** @throws DataError where images and labels are not of one number and size. */
export function checkStacks(images: ImageStack, labels: ImageStack): void {
  const [n, height, width] = images.shape;
  const [m, ...size] = labels.shape;
  if (images.shape.length < 3 || labels.shape.length < 3)
    throw unreadable(
      images.path,
      `its shape is ${images.shape.join(" × ")}`,
      "It should be images × height × width × channels.",
    );
  if (n === m && size[0] === height && size[1] === width) return;
  const message = `${images.path} holds ${images.shape.join(" × ")} values and ${labels.path} ${labels.shape.join(" × ")}; images and labels have to be of one number and size.`;
  throw new DataError("ACINUS_SIZE_MISMATCH", message, {
    file: labels.path,
    value: labels.shape,
    fix: "Take both from one release of the data.",
  });
}

/** One image of a stack; `channels` is what to take where nothing is asked for. */
export async function readStacked(
  stack: ImageStack,
  index: number,
  options: ReadOptions,
  names?: readonly string[],
  channels?: readonly number[],
): Promise<RawImage> {
  const [, height = 0, width = 0, count = 1] = stack.shape;
  const wanted = options.channels ?? channels;
  if (wanted || count === 1 || count === 3) {
    const values = inBytes(await stack.at(index));
    return seen(stack.path, { values, channels: count, width, height }, wanted, names);
  }
  throw unreadable(stack.path, `its images have ${count} channels`, "Choose one to three, for example: --channels 0");
}

/** Whole numbers from 0 to 255 are bytes, whatever type holds them: public sets store them as float64. */
function inBytes(values: TypedArray): TypedArray {
  if (values instanceof Uint8Array || values instanceof Uint16Array) return values;
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    bytes[i] = values[i] as number;
    if (bytes[i] !== values[i]) return values;
  }
  return bytes;
}

/** Every `channels`-th number from `channel` on. */
export function plane(values: TypedArray, channels: number, channel: number): TypedArray {
  if (channels === 1) return values;
  const result = new (values.constructor as new (length: number) => TypedArray)(values.length / channels);
  for (let from = channel, to = 0; to < result.length; from += channels, to++) result[to] = values[from] as number;
  return result;
}
