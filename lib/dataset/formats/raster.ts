/** Pixels of PNG, TIFF, JPEG and WebP files through sharp (libvips, on its own threads), without a change of values. */

import { AcinusError } from "../../errors.js";
import { loadSharp } from "../../system/image-library.js";
import { unreadable } from "./file.js";
import { type PngHeader, pngHeader } from "./png.js";
import { formatOf, type ImageFormat } from "./signature.js";
import { type TiffHeader, tiffHeader } from "./tiff-header.js";

/** What the file says of its pixels before they are read. */
export interface FileHeader {
  readonly format: ImageFormat;
  readonly png?: PngHeader;
  readonly tiff?: TiffHeader;
  /** How the image is turned for display, 1 (as stored) to 8, by EXIF or TIFF's tag. */
  readonly orientation: number;
}

export type Orientation = "apply" | "ignore";

export interface Raster {
  readonly values: Uint8Array | Uint16Array;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16;
}

/** Neither has more pixels than this: 2^30. */
const mostPixels = 2 ** 30;

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

/** Grey, RGB, or either with opacity where `alpha` is wanted and the file has it; CMYK becomes RGB. */
export async function readRaster(
  path: string,
  bytes: Buffer,
  header: FileHeader,
  options: { orientation?: Orientation; alpha?: boolean } = {},
): Promise<Raster> {
  return guarded(path, async () => {
    const { png, tiff } = header;
    if (tiff) refuseColours(path, tiff);
    const size = png ?? tiff;
    if (size && size.width * size.height > mostPixels) throw new Error(`it has ${size.width}×${size.height} pixels`);
    const sharp = await loadSharp();
    const plain = sharp(bytes, { failOn: "error", limitInputPixels: mostPixels, ignoreIcc: true });
    const image = options.orientation !== "ignore" && header.orientation > 1 ? plain.autoOrient() : plain;
    const { depth, space } = png ? pngSpace(png) : await image.metadata();
    const grey = space === "grey16" || space === "b-w";
    if (depth === "ushort") {
      const wide = (options.alpha ? image : image.removeAlpha()).toColourspace(grey ? "grey16" : "rgb16");
      const { data, info } = await wide.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
      const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
      return { values, channels: info.channels, width: info.width, height: info.height, bits: 16 };
    }
    if (depth !== "uchar") {
      throw unreadable(path, `its values are of type ${depth}`, "Save it with 8 or 16 bits per channel (unsigned).");
    }
    const cmyk = space === "cmyk";
    const shown = options.alpha ? image : image.removeAlpha();
    // Otherwise libvips would take CMYK through a printer's profile and back.
    const { data, info } = await (cmyk ? shown.pipelineColourspace("cmyk") : shown)
      .toColourspace(cmyk ? "cmyk" : grey ? "b-w" : "srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const raster = { values, channels: info.channels, width: info.width, height: info.height, bits: 8 as const };
    return cmyk ? { ...raster, values: fromCmyk(values, info.channels), channels: 3 } : raster;
  });
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
