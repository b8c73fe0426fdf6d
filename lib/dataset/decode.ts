/**
 * Image files to bytes, through sharp (libvips, on its own threads).
 *
 * What a file says is what a program sees: colour profiles are not applied and alpha is dropped, as OpenCV and scikit-image do it. EXIF orientation
 * is honoured for images and masks alike. 16-bit values become 8-bit by round(v · 255 / 65535), a fixed rule, so that two images of one
 * microscope stay comparable; images that use only a part of the 16-bit range must be rescaled before (`acinus verify` names them).
 */
import { readFile } from "node:fs/promises";
import { DataError, MaskValueError } from "../errors.js";
import { loadSharp } from "../system/image-library.js";

/** Interleaved RGB bytes, height · width · 3. */
export interface DecodedImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Bits per channel in the file. */
  readonly bits: 8 | 16;
  /** The largest value in a file of 16 bits, in the file's own scale; undefined in 8 bits. */
  readonly maximum?: number;
}

/** One byte per pixel, 0 or 1. */
export interface DecodedMask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface RawPixels {
  values: Uint8Array | Uint16Array;
  channels: number;
  width: number;
  height: number;
  bits: 8 | 16;
}

/** Reads PNG, TIFF, JPEG or WebP. Throws ACINUS_UNREADABLE_IMAGE or ACINUS_FILE_NOT_FOUND, both naming the file. */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const { values, channels, width, height, bits } = await readPixels(path);
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

/** Reads a mask of values {0,1}, {0,255} or, in 16 bits, {0,65535}; anything else is a MaskValueError with the values found. */
export async function decodeMask(path: string): Promise<DecodedMask> {
  const { values, channels, width, height, bits } = await readPixels(path);
  const data = new Uint8Array(width * height);
  const seen = new Uint8Array(bits === 16 ? 65536 : 256);
  const colour = channels >= 3;
  for (let from = 0, to = 0; to < data.length; from += channels, to++) {
    const value = values[from] as number;
    if (colour && (values[from + 1] !== value || values[from + 2] !== value)) throw colouredMask(path, values, from);
    seen[value] = 1;
    data[to] = value === 0 ? 0 : 1;
  }
  const found: number[] = [];
  seen.forEach((present, value) => {
    if (present) found.push(value);
  });
  const ones = found.filter((value) => value !== 0);
  const allowed = ones.length === 0 || (ones.length === 1 && [1, 255, bits === 16 ? 65535 : 255].includes(ones[0] as number));
  if (!allowed) throw wrongValues(path, found);
  return { data, width, height };
}

function colouredMask(path: string, values: ArrayLike<number>, at: number): MaskValueError {
  const value = [values[at], values[at + 1], values[at + 2]];
  return new MaskValueError("ACINUS_MASK_VALUES", `The mask ${path} is coloured: one pixel is (${value.join(", ")}).`, {
    file: path,
    value,
    fix: "Save it as a greyscale PNG with 0 for background and 255 for cells.",
  });
}

function wrongValues(path: string, found: number[]): MaskValueError {
  const shown = found.length > 8 ? `${found.slice(0, 8).join(", ")}, … (${found.length} values)` : found.join(", ");
  const blurred = found.includes(255) && found.length > 2;
  const fix = /\.jpe?g$/i.test(path)
    ? "JPEG blurs masks: save it as PNG with value >= 128 as 255 and the rest as 0."
    : blurred
      ? "If these are soft edges, save value >= 128 as 255 and the rest as 0."
      : "If these are instance labels, save value > 0 as 255.";
  const message = `The mask ${path} holds the values ${shown}; a mask holds only 0 and 1, or only 0 and 255.`;
  return new MaskValueError("ACINUS_MASK_VALUES", message, { file: path, value: found, fix });
}

/** Decodes without a change of values: grey or RGB, in 16 bits with alpha where the file has it. */
async function readPixels(path: string): Promise<RawPixels> {
  const bytes = await readBytes(path);
  try {
    const sharp = await loadSharp();
    const image = sharp(bytes, { failOn: "error", limitInputPixels: false, ignoreIcc: true }).autoOrient();
    const { depth, space, pages } = pngHeader(bytes) ?? (await image.metadata());
    if (pages !== undefined && pages > 1)
      throw unreadable(path, `it holds ${pages} pages`, "Save each page as a file of its own.");
    const grey = space === "grey16" || space === "b-w";
    if (depth === "ushort") {
      const { data, info } = await image
        .toColourspace(grey ? "grey16" : "rgb16")
        .raw({ depth: "ushort" })
        .toBuffer({ resolveWithObject: true });
      const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
      return { values, channels: info.channels, width: info.width, height: info.height, bits: 16 };
    }
    if (depth !== "uchar") {
      throw unreadable(path, `its values are of type ${depth}`, "Save it with 8 or 16 bits per channel (unsigned).");
    }
    const colours = image.removeAlpha().toColourspace(grey ? "b-w" : "srgb");
    const { data, info } = await colours.raw().toBuffer({ resolveWithObject: true });
    return { values: data, channels: info.channels, width: info.width, height: info.height, bits: 8 };
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
    throw unreadable(path, reason, "Save it again as PNG, TIFF or JPEG.", error);
  }
}

interface Header {
  depth: string;
  space: string;
  pages?: number;
}

/** What sharp would say of a PNG file, which costs it a fifth of the time that a small image takes; undefined of any other. */
function pngHeader(bytes: Buffer): Header | undefined {
  const [depthAt, colourAt] = [24, 25]; // of the chunk that each PNG file begins with
  if (bytes.length <= colourAt || bytes.toString("latin1", 0, 16) !== "\x89PNG\r\n\x1a\n\0\0\0\rIHDR") return undefined;
  const grey = bytes[colourAt] === 0 || bytes[colourAt] === 4;
  if (bytes[depthAt] === 16) return { depth: "ushort", space: grey ? "grey16" : "rgb16" };
  return { depth: "uchar", space: grey ? "b-w" : "srgb" };
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      throw unreadable(path, (error as Error).message, "Check the file.", error);
    throw new DataError("ACINUS_FILE_NOT_FOUND", `There is no file ${path}.`, { file: path, cause: error });
  }
}

function unreadable(path: string, reason: string, fix: string, cause?: unknown): DataError {
  return new DataError("ACINUS_UNREADABLE_IMAGE", `The image ${path} cannot be read: ${reason}.`, { file: path, fix, cause });
}

function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > result) result = values[i] as number;
  return result;
}
