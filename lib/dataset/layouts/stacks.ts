/** Images and labels that lie in arrays, one after the other. */

import { DataError } from "../../errors.js";
import { pickChannels } from "../channels.js";
import { type DecodedImage, toRgb } from "../decode.js";
import { unreadable } from "../formats/file.js";
import type { ImageStack } from "../formats/npy-file.js";
import type { Raster } from "../formats/raster.js";
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
): Promise<DecodedImage> {
  const [, height = 0, width = 0, count = 1] = stack.shape;
  const values = toUnsigned(stack.path, index, await stack.at(index));
  const raster: Raster = { values, channels: count, width, height, bits: values instanceof Uint16Array ? 16 : 8 };
  const wanted = options.channels ?? channels;
  if (wanted) return toRgb(pickChannels(stack.path, raster, wanted, names));
  if (count === 1 || count === 3) return toRgb(raster);
  throw unreadable(stack.path, `its images have ${count} channels`, "Choose one to three, for example: --channels 0");
}

/** Bytes stay bytes, 16 bits stay 16 bits, and other types have to hold whole numbers from 0 to 255. */
function toUnsigned(path: string, index: number, values: TypedArray): Uint8Array | Uint16Array {
  if (values instanceof Uint8Array || values instanceof Uint16Array) return values;
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    bytes[i] = value;
    if (bytes[i] === value) continue;
    const reason = `image ${index} holds the value ${value}, and values of type ${values.constructor.name.replace("Array", "").toLowerCase()} are read where they are whole numbers from 0 to 255`;
    throw unreadable(path, reason, "Save it as uint8 or uint16.");
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
