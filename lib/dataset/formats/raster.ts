/** Pixels of PNG, TIFF, JPEG and WebP files through sharp (libvips, on its own threads), without a change of values. */

import type { Sharp } from "sharp";
import { AcinusError } from "../../errors.js";
import { loadSharp } from "../../system/image-library.js";
import { availableMemory, gigabytes } from "../../system/memory.js";
import { unreadable } from "./file.js";
import { type PngHeader, pngHeader } from "./png.js";
import { formatOf, type ImageFormat } from "./signature.js";
import { type TiffHeader, tiffHeader } from "./tiff-header.js";
import type { TypedArray } from "./values.js";

/** What the file says of its pixels before they are read. */
export interface FileHeader {
  readonly format: ImageFormat;
  readonly png?: PngHeader;
  readonly tiff?: TiffHeader;
  /** How the image is turned for display, 1 (as stored) to 8, by EXIF or TIFF's tag. */
  readonly orientation: number;
}

export type Orientation = "apply" | "ignore";

export interface Raster<Values extends TypedArray = TypedArray> {
  /** The channels of a pixel side by side. */
  readonly values: Values;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

/** Neither has more pixels than this: 2^30. */
const mostPixels = 2 ** 30;
/** What a pixel takes while an image is read: RGB as decoded, as mapped and as kept, and its mask. */
const bytesPerPixel = 10;
/** Below so many pixels nobody asks what memory is free. */
const fewPixels = 2 ** 24;

/** @throws DataError naming the file where it is no image, or more than one. */
export async function readHeader(path: string, bytes: Buffer): Promise<FileHeader> {
  const found = formatOf(bytes);
  if (!found.format) throw unreadable(path, `it is ${found.what}`, found.fix);
  const { format } = found;
  return guarded(path, async () => {
    if (format === "tiff") {
      const tiff = tiffHeader(bytes);
      return { format, tiff, orientation: tiff.orientation };
    }
    const png = pngHeader(bytes);
    if (png && !png.complete) throw new Error("the file is cut short");
    // What libvips would say of a PNG file costs it a fifth of the time that a small image takes.
    if (png && !png.exif && !png.animated) return { format, png, orientation: 1 };
    const sharp = await loadSharp();
    const { pages = 1, orientation = 1 } = await sharp(bytes, { limitInputPixels: false }).metadata();
    const frames = png?.animated ? "several" : pages;
    if (frames !== 1) throw unreadable(path, `it is an animation of ${frames} frames`, "Save each frame as a file of its own.");
    return { format, png, orientation };
  });
}

/** Whether a file of that kind may hold opacity. */
export function mayHaveAlpha({ format, png, tiff }: FileHeader): boolean {
  return png?.transparency || (tiff?.extra.alpha ?? false) || format === "webp";
}

export interface RasterOptions {
  orientation?: Orientation;
  /** Keep opacity where the file has it. */
  alpha?: boolean;
}

/** Grey, RGB, or either with opacity where `alpha` is wanted and the file has it; CMYK becomes RGB. */
export async function readRaster(
  path: string,
  bytes: Buffer,
  header: FileHeader,
  options: RasterOptions = {},
): Promise<Raster<Uint8Array | Uint16Array>> {
  return guarded(path, async () => {
    const sharp = await loadSharp();
    const image = sharp(bytes, { failOn: "error", limitInputPixels: mostPixels, ignoreIcc: true });
    refuseTooLarge(path, header.png ?? header.tiff ?? (await sharp(bytes, { limitInputPixels: false }).metadata()));
    const pipeline = await pixelPipeline(path, image, header, options);
    return pipeline.read(pipeline.image);
  });
}

/** A small file can hold an image that no memory holds. @throws DataError ACINUS_UNREADABLE_IMAGE that says how large it is. */
export function refuseTooLarge(
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  free: () => number = availableMemory,
): void {
  const pixels = width * height;
  if (pixels <= fewPixels) return;
  const fix = "Cut it into tiles; acinus predict reads tiled TIFF files of any size as they are.";
  if (pixels > mostPixels) throw unreadable(path, `it has ${width}×${height} pixels, and at most 2^30 are read whole`, fix);
  const [needed, left] = [pixels * bytesPerPixel, free()];
  if (needed <= left) return;
  throw unreadable(
    path,
    `it has ${width}×${height} pixels, which take about ${gigabytes(needed)} of memory, and ${gigabytes(left)} are free`,
    fix,
  );
}

/** An image on its way to the values that acinus sees. */
export interface PixelPipeline {
  readonly image: Sharp;
  /** The raster of the pipeline, or of a part that was cut out of it. */
  read(image: Sharp): Promise<Raster<Uint8Array | Uint16Array>>;
  /** Values as the pipeline makes them, as a raster. */
  raster(
    values: Buffer,
    size: { readonly width: number; readonly height: number; readonly channels: number },
  ): Raster<Uint8Array | Uint16Array>;
}

/** @param plain the file, opened without its colour profile. */
export async function pixelPipeline(
  path: string,
  plain: Sharp,
  header: FileHeader,
  options: RasterOptions,
): Promise<PixelPipeline> {
  const { png, tiff } = header;
  if (tiff) refuseColours(path, tiff);
  const image = options.orientation !== "ignore" && header.orientation > 1 ? plain.autoOrient() : plain;
  const { depth, space } = png ? pngSpace(png) : await image.metadata();
  const grey = space === "grey16" || space === "b-w";
  if (depth !== "ushort" && depth !== "uchar") {
    throw unreadable(path, `its values are of type ${depth}`, "Save it with 8 or 16 bits per channel (unsigned).");
  }
  const cmyk = space === "cmyk" && depth === "uchar";
  const shown = options.alpha ? image : image.removeAlpha();
  const wide = depth === "ushort";
  const raster: PixelPipeline["raster"] = (data, { width, height, channels }) => {
    const values = wide
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const found = { values, channels, width, height };
    return cmyk ? { ...found, values: fromCmyk(values as Uint8Array, channels), channels: 3 } : found;
  };
  return {
    // Otherwise libvips would take CMYK through a printer's profile and back.
    image: (cmyk ? shown.pipelineColourspace("cmyk") : shown).toColourspace(
      // Grey of 8 bits would lose its opacity.
      wide ? (grey ? "grey16" : "rgb16") : cmyk ? "cmyk" : grey && !options.alpha ? "b-w" : "srgb",
    ),
    raster,
    async read(part) {
      const { data, info } = await part.raw(wide ? { depth: "ushort" } : {}).toBuffer({ resolveWithObject: true });
      return raster(data, info);
    },
  };
}

/** Runs what may fail on a damaged file; any error becomes one that names the file. */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AcinusError) throw error;
    const short = error instanceof RangeError;
    const reason = short ? "the file is damaged or cut short" : ((error as Error).message?.split("\n")[0] ?? String(error));
    throw unreadable(path, reason, "Save it again as PNG, TIFF or JPEG.", error);
  }
}

function pngSpace({ depth, colour }: PngHeader): { depth: string; space: string } {
  const grey = colour === 0 || colour === 4;
  return depth === 16
    ? { depth: "ushort", space: grey ? "grey16" : "rgb16" }
    : { depth: "uchar", space: grey ? "b-w" : "srgb" };
}

function refuseColours(path: string, { photometric }: TiffHeader): void {
  if (photometric !== 8 && photometric !== 9 && photometric !== 10) return;
  throw unreadable(path, "its colours are CIELAB", "Save it as RGB.");
}

/** Without a profile, as Pillow and OpenCV do it: (255 − C)·(255 − K)/255. */
function fromCmyk(data: Uint8Array, channels: number): Uint8Array {
  const result = new Uint8Array((data.length / channels) * 3);
  for (let from = 0, to = 0; to < result.length; from += channels, to += 3) {
    const light = 255 - (data[from + 3] as number);
    for (let c = 0; c < 3; c++) result[to + c] = Math.round(((255 - (data[from + c] as number)) * light) / 255);
  }
  return result;
}
