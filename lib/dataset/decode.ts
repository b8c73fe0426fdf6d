/**
 * Image files to bytes.
 *
 * What a file says is what a program sees: colour profiles are not applied and alpha is dropped, as OpenCV and scikit-image do it. EXIF orientation
 * is honoured unless `orientation` says otherwise. 16-bit values become 8-bit by round(v · 255 / 65535), a fixed rule, so that two images of one
 * microscope stay comparable; images that use only a part of the 16-bit range must be rescaled before (`acinus verify` names them).
 */

import { pickChannels } from "./channels.js";
import { readBytes } from "./formats/file.js";
import { type Orientation, type Raster, readHeader, readRaster } from "./formats/raster.js";
import { isStack, readStack, type StackOptions } from "./formats/stack.js";
import { tiffAxes } from "./formats/tiff-axes.js";

/** Interleaved RGB bytes, height · width · 3. */
export interface DecodedImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Bits per channel in the file. */
  readonly bits: 8 | 16;
  /** The largest value in a file of 16 bits, in the file's own scale; undefined in 8 bits. */
  readonly maximum?: number;
  /** How the file says that it is turned, 2 to 8 as in EXIF; undefined where it says nothing. */
  readonly turned?: number;
  /** µm per pixel, where the file has it. */
  readonly pixelSize?: number;
}

export interface DecodeOptions extends StackOptions {
  /** Whether an image is turned as its EXIF or TIFF tag says (default "apply") or taken as stored. */
  orientation?: Orientation;
}

/** Reads PNG, TIFF, JPEG or WebP. Throws ACINUS_UNREADABLE_IMAGE or ACINUS_FILE_NOT_FOUND, both naming the file. */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<DecodedImage> {
  const bytes = await readBytes(path);
  const header = await readHeader(path, bytes);
  const { tiff } = header;
  const pixelSize = tiff && tiffAxes(tiff).pixelSize;
  if (tiff && isStack(tiff)) return { ...toRgb(await readStack(path, bytes, tiff, options)), pixelSize };
  const raster = await readRaster(path, bytes, header, options);
  const turned = header.orientation > 1 ? header.orientation : undefined;
  return { ...toRgb(options.channels ? pickChannels(path, raster, options.channels) : raster), turned, pixelSize };
}

/** Grey to three equal channels, two channels to red and green, 16 bits to 8. */
export function toRgb({ values, channels, width, height, bits }: Raster): DecodedImage {
  if (bits === 8 && channels === 3) return { data: values as Uint8Array, width, height, bits };
  const data = new Uint8Array(width * height * 3);
  const scale = bits === 16 ? 255 / 65535 : 1;
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  for (let from = 0, to = 0; to < data.length; from += channels, to += 3) {
    data[to] = Math.round((values[from] as number) * scale);
    data[to + 1] = Math.round((values[from + green] as number) * scale);
    data[to + 2] = Math.round((values[from + blue] as number) * scale);
  }
  return bits === 16 ? { data, width, height, bits, maximum: largest(values) } : { data, width, height, bits };
}

function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > result) result = values[i] as number;
  return result;
}
