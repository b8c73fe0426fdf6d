/** Images of any size as rows from top to bottom, of which few are in memory at a time. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Sharp, SharpOptions } from "sharp";
import { ConfigError } from "../errors.js";
import { loadSharp } from "../system/image-library.js";
import { type DecodeOptions, decodeImage, seen } from "./decode.js";
import type { DecodedImage, RawImage } from "./decoded.js";
import { unreadable } from "./formats/file.js";
import { FileBytes } from "./formats/file-bytes.js";
import { type FileHeader, guarded, type PixelPipeline, pixelPipeline, type Raster } from "./formats/raster.js";
import { formatOf } from "./formats/signature.js";
import { isStack } from "./formats/stack.js";
import { tiffAxes } from "./formats/tiff-axes.js";
import { tiffHeader } from "./formats/tiff-header.js";
import type { TiffLevel } from "./formats/tiff-levels.js";
import { IntensityMap } from "./intensity/intensity-map.js";
import type { ImageSize } from "./types.js";
import { unpacked } from "./unpacked.js";

/** An image, of which any rows can be read. */
export interface ImageRows {
  readonly width: number;
  readonly height: number;
  /** µm per pixel, where the file has it. */
  readonly pixelSize?: number;
  /** What a user should know of how grey values became bytes, a sentence each. */
  readonly notes: readonly string[];
  /** Interleaved RGB bytes of `count` rows from `top` on, as `decodeImage` gives them. */
  rows(top: number, count: number): Promise<Uint8Array>;
  /** Frees what reading needed. */
  close(): Promise<void>;
}

export interface LevelOptions {
  /** Of a pyramid (TIFF, SVS): which of its resolutions, 0 for the full one. Default 0. */
  level?: number;
}

export interface RowsOptions extends DecodeOptions, LevelOptions {
  signal?: AbortSignal;
}

/** Up to here an image is decoded whole: 50 MB. */
export const mostPixelsWhole = 2 ** 24;

/**
 * Opens an image of any size. A large TIFF in tiles is read where its rows lie; another large file is unpacked into a temporary file first,
 * because its rows can only be read one after the other.
 * @throws what `decodeImage` throws.
 */
export async function openRows(path: string, options: RowsOptions = {}, mostWhole = mostPixelsWhole): Promise<ImageRows> {
  const { signal, level = 0, ...decoding } = options;
  signal?.throwIfAborted();
  const header = await largeHeader(path, mostWhole, level);
  if (!header) return wholeRows(await decodeImage(path, decoding));
  return guarded(path, async () => {
    const sharp = await loadSharp();
    const turns = header.orientation > 1 && options.orientation !== "ignore";
    const inPlace = header.tiff?.levels[level]?.tiled === true && !turns;
    const plain = sharp(path, {
      ...{ failOn: "error" as const, limitInputPixels: false, ignoreIcc: true, sequentialRead: !inPlace },
      ...placeOf(header, level),
    });
    const pipeline = await pixelPipeline(path, plain, header, decoding);
    const rasters = await (inPlace ? tiledRows(path, header, pipeline) : unpackedRows(path, pipeline, signal));
    try {
      const { width, height, close } = rasters;
      const raw = async (top: number, count: number) => seen(path, await rasters.read(top, count), decoding.channels);
      const mapping = mappingOf(decoding, { width, height, raw });
      const rows = async (top: number, count: number) => {
        // Whether a pixel is hot, the rows above and below it tell.
        const [first, end] = [Math.max(0, top - 1), Math.min(height, top + count + 1)];
        const { data } = await mapping.map(path, await raw(first, end - first));
        return data.subarray(3 * width * (top - first), 3 * width * (top - first + count));
      };
      await rows(0, 1); // learns the window
      return { width, height, pixelSize: pixelSizeOf(header), notes: mapping.notes, rows, close };
    } catch (error) {
      await rasters.close();
      throw error;
    }
  });
}

/** Whether an image has more pixels than are decoded whole, or is a smaller level of one. False for a file that cannot be read, too. */
export async function isLarge(path: string, { level = 0 }: LevelOptions = {}): Promise<boolean> {
  return (await largeHeader(path, mostPixelsWhole, level)) !== undefined;
}

/** Height and width of an image as the network sees it, from the file's header alone; undefined where that cannot be told. */
export async function sizeOf(path: string, options: DecodeOptions & LevelOptions = {}): Promise<ImageSize | undefined> {
  const header = await anyHeader(path, options.level).catch((error: unknown) => {
    if (error instanceof ConfigError) throw error; // no such level
  });
  if (!header) return undefined;
  const { height, width, orientation } = header;
  const turned = orientation > 4 && options.orientation !== "ignore";
  return turned ? { height: width, width: height } : { height, width };
}

/** µm per pixel by the file's header alone; undefined where it does not say it. */
export async function filePixelSize(path: string, { level }: LevelOptions = {}): Promise<number | undefined> {
  const header = await anyHeader(path, level).catch((error: unknown) => {
    if (error instanceof ConfigError) throw error; // no such level
  });
  return header ? pixelSizeOf(header) : undefined;
}

/** Of an image that is in memory. */
export function wholeRows({
  data,
  width,
  height,
  pixelSize,
}: Pick<DecodedImage, "data" | "width" | "height" | "pixelSize">): ImageRows {
  const stride = 3 * width;
  return {
    ...{ width, height, pixelSize, notes: [] },
    rows: async (top, count) => data.subarray(top * stride, (top + count) * stride),
    close: async () => undefined,
  };
}

/** An image's rows as its file holds them. */
interface RasterRows {
  readonly width: number;
  readonly height: number;
  read(top: number, count: number): Promise<Raster>;
  close(): Promise<void>;
}

/** Bands of rows, spread evenly over an image, from which a window is learnt. */
const mostBands = 64;
const bandRows = 16;

/** One mapping for the whole image, learnt from its bands: a window for each strip would show where strips meet. */
function mappingOf(
  { intensity, nan }: DecodeOptions,
  { width, height, raw }: ImageSize & { raw: (top: number, count: number) => Promise<RawImage> },
): IntensityMap {
  const whole = width * height <= mostPixelsWhole;
  const count = whole ? 1 : Math.min(mostBands, Math.ceil(height / bandRows));
  const read = (index: number) => {
    const top = Math.floor((index * height) / count);
    return raw(top, whole ? height : Math.min(bandRows, height - top));
  };
  const fill = nan ?? (intensity && "fill" in intensity ? intensity.fill : undefined);
  if (intensity?.per !== "image") return new IntensityMap(intensity, fill, { count, read });
  const { mode, low, high, channels } = intensity;
  return new IntensityMap({ mode, low, high, per: "dataset", channels }, fill, { count, read });
}

function tiledRows(
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  pipeline: PixelPipeline,
): RasterRows {
  const part = (top: number, count: number): Sharp => pipeline.image.clone().extract({ left: 0, top, width, height: count });
  return {
    ...{ width, height },
    read: (top, count) => guarded(path, async () => pipeline.read(part(top, count))),
    close: async () => undefined,
  };
}

async function unpackedRows(path: string, pipeline: PixelPipeline, signal?: AbortSignal): Promise<RasterRows> {
  const values = await unpacked(path, pipeline.image, signal);
  const { width, height, channels } = values;
  return {
    ...{ width, height },
    read: async (top, count) => pipeline.raster(await values.read(top, count), { width, height: count, channels }),
    close: () => values.close(),
  };
}

type SizedHeader = FileHeader & ImageSize & { readonly pages: number };

/** The header of an image of more pixels; undefined for smaller ones, and for all that is read whole or not at all. */
async function largeHeader(path: string, mostWhole: number, level: number): Promise<SizedHeader | undefined> {
  const header = await anyHeader(path, level);
  if (!header || (header.tiff && isStack(header.tiff))) return undefined;
  if (level === 0 && header.width * header.height <= mostWhole) return undefined;
  const { format, pages } = header;
  if (format === "tiff" || pages === 1) return header;
  throw unreadable(path, `it is an animation of ${pages} frames`, "Save each frame as a file of its own.");
}

/** Undefined where the file is no image, or is none that can be opened. @throws ConfigError where it has no such level. */
async function anyHeader(path: string, level = 0): Promise<SizedHeader | undefined> {
  // Opening a pipe without O_NONBLOCK would wait for somebody to write into it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined);
  if (!file) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const { format } = formatOf(await beginning(file));
    if (!format) return undefined;
    return await guarded(path, async () => {
      if (format === "tiff") {
        const tiff = tiffHeader(new FileBytes(file.fd, stat.size));
        const { orientation, pages, levels } = tiff;
        const { width, height } = levels[level] ?? noLevel(path, level, levels);
        return { format, tiff, orientation, width, height, pages };
      }
      if (level > 0) noLevel(path, level, []);
      const sharp = await loadSharp();
      const { pages = 1, orientation = 1, width, height } = await sharp(path, { limitInputPixels: false }).metadata();
      return { format, orientation, width, height, pages };
    });
  } finally {
    await file.close();
  }
}

function pixelSizeOf({ tiff, width }: SizedHeader): number | undefined {
  const size = tiff && tiffAxes(tiff).pixelSize;
  return size && (size * tiff.width) / width;
}

/** Where sharp finds a level. */
function placeOf({ tiff }: FileHeader, level: number): SharpOptions {
  const { page = 0, subifd } = tiff?.levels[level] ?? {};
  if (level === 0) return {};
  return { page, ...(subifd === undefined ? {} : { tiff: { subifd } }) };
}

function noLevel(path: string, level: number, levels: readonly TiffLevel[]): never {
  const sizes = levels.map(({ width, height }, i) => `${i} (${width}×${height} px)`);
  const has = sizes.length > 1 ? `its levels are ${sizes.join(", ")}` : "it is no pyramid and has level 0 alone";
  throw new ConfigError("ACINUS_CONFIG", `${path} has no level ${level}; ${has}.`, { file: path, value: level });
}

async function beginning(file: FileHandle): Promise<Buffer> {
  const bytes = Buffer.alloc(512);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  return bytes.subarray(0, bytesRead);
}
