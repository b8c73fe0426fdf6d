/**
 * Image files to bytes.
 *
 * What a file says is what a program sees: colour profiles are not applied and alpha is left out, as OpenCV and scikit-image do it, and the image says
 * so. EXIF orientation
 * is honoured unless `orientation` says otherwise. Bytes are taken as they are; how other types become bytes, `intensity` says (intensity/).
 */
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import type { IntensityOptions, IntensityRule } from "../config/intensity.js";
import { channelNumbers } from "./channels.js";
import type { DecodedImage, RawImage } from "./decoded.js";
import { readBytes } from "./formats/file.js";
import { mayHaveAlpha, type Orientation, type Raster, readHeader, readRaster } from "./formats/raster.js";
import { isStack, readStack, type StackOptions } from "./formats/stack.js";
import { holdsOtherTypes } from "./formats/tiff.js";
import { tiffAxes } from "./formats/tiff-axes.js";
import { IntensityMap } from "./intensity/intensity-map.js";

export type { DecodedImage };

export interface ReadImageOptions extends StackOptions {
  /** Whether an image is turned as its EXIF or TIFF tag says (default "apply") or taken as stored. */
  orientation?: Orientation;
}

export interface DecodeOptions extends ReadImageOptions {
  /** How grey values become bytes. Default: bytes are taken as they are, other types by their percentiles. */
  intensity?: IntensityOptions | IntensityRule;
  /** The grey value that stands for NaN; without it, an image with any is refused. */
  nan?: number;
}

/** Reads PNG, TIFF, JPEG or WebP. Throws ACINUS_UNREADABLE_IMAGE or ACINUS_FILE_NOT_FOUND, both naming the file. */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<DecodedImage> {
  const image = await readImage(path, options);
  return new IntensityMap(options.intensity, options.nan).map(path, image);
}

/** As `decodeImage`, with the values that the file holds. */
export async function readImage(path: string, options: ReadImageOptions = {}): Promise<RawImage> {
  const bytes = await readBytes(path);
  const header = await readHeader(path, bytes);
  const { tiff } = header;
  const pixelSize = tiff && tiffAxes(tiff).pixelSize;
  if (tiff && (isStack(tiff) || holdsOtherTypes(tiff))) {
    const { raster, names } = await readStack(path, bytes, tiff, options);
    return { ...seen(path, raster, options.channels, names), pixelSize };
  }
  const alpha = mayHaveAlpha(header);
  const raster = await readRaster(path, bytes, header, { ...options, alpha });
  const turned = header.orientation > 1 ? header.orientation : undefined;
  // Grey and colours have one channel or three; one more is opacity.
  const colourChannels = raster.channels - (raster.channels % 2 === 0 ? 1 : 0);
  const image = { ...seen(path, raster, options.channels, colours, colourChannels), turned, pixelSize };
  return colourChannels < raster.channels ? { ...image, opacity: await isTransparent(raster) } : image;
}

/** Whether opacity, the last channel, is not full everywhere. */
async function isTransparent({ values, channels, width, height }: Raster): Promise<boolean> {
  const { minimum } = await settle(() => native().measureIntensity(values, channels, height, width, [channels - 1]));
  return minimum < 2 ** (8 * values.BYTES_PER_ELEMENT) - 1;
}

const colours = ["red", "green", "blue"];

/** The channels that a network sees of an image: those chosen of the first `count`, or the colours, or the grey. */
export function seen(
  path: string,
  { values, channels, width, height }: Raster,
  wanted: StackOptions["channels"],
  names: readonly string[] = colours,
  count = channels,
): RawImage {
  const picks = wanted ? channelNumbers(path, wanted, count, names) : channels >= 3 ? [0, 1, 2] : [0];
  return { values, channels, picks, width, height, ...(wanted ? { stains: true } : {}) };
}
