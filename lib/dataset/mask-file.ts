/** The numbers of a mask file, one a pixel, before anybody says what they mean. */
import { MaskValueError } from "../errors.js";
import { readBytes, unreadable } from "./formats/file.js";
import { readNpy } from "./formats/npy.js";
import { pngIndices } from "./formats/png.js";
import { type FileHeader, guarded, mayHaveAlpha, type Orientation, readHeader, readRaster } from "./formats/raster.js";
import { isStack, type StackOptions } from "./formats/stack.js";
import { tiffPlanes } from "./formats/tiff.js";
import type { TiffHeader } from "./formats/tiff-header.js";
import type { TypedArray } from "./formats/values.js";

export interface MaskGrid {
  readonly values: TypedArray;
  readonly width: number;
  readonly height: number;
  /** Saved with loss, so that edges are blurred. */
  readonly lossy: boolean;
  /** The largest value that the type holds, which usually means "cell"; undefined in types of more than 16 bits. */
  readonly full?: number;
  /** Values are colours' numbers, given in the order in which they appear. */
  readonly colours?: number;
  /** Neighbours differ and others share a value (a colour code): a cell is a connected part of equal value. */
  readonly coded?: boolean;
  readonly turned?: number;
}

export interface MaskFileOptions extends StackOptions {
  orientation?: Orientation;
  /** Where it is given, a colour counts by its brightest channel. */
  maskThreshold?: number;
}

/** @throws DataError naming the file, where it cannot be read or its colours say nothing clear. */
export async function readMaskFile(path: string, options: MaskFileOptions = {}): Promise<MaskGrid> {
  const bytes = await readBytes(path);
  if (bytes.toString("latin1", 0, 6) === "\x93NUMPY") return fromArray(path, bytes);
  const header = await readHeader(path, bytes);
  const turned = header.orientation > 1 ? header.orientation : undefined;
  const { png, tiff, format } = header;
  if (png && (png.colour === 3 || png.depth < 8)) return { ...(await fromIndices(path, bytes, header)), turned };
  if (tiff && needsRaw(tiff)) return fromTiff(path, bytes, tiff, options);
  const webp = format === "webp" && bytes.indexOf("VP8L", 12, "latin1") in { 12: 0, 30: 0 };
  const lossy = format === "jpeg" || (format === "webp" && !webp) || tiff?.compression === 6 || tiff?.compression === 7;
  const alpha = mayHaveAlpha(header);
  const raster = await readRaster(path, bytes, header, { orientation: options.orientation, alpha });
  const shades = lossy || options.maskThreshold !== undefined;
  const found = oneChannel(path, raster.values, raster.channels, shades);
  return {
    ...found,
    width: raster.width,
    height: raster.height,
    lossy,
    full: raster.values instanceof Uint8Array ? 255 : 65535,
    turned,
  };
}

async function fromArray(path: string, bytes: Buffer): Promise<MaskGrid> {
  const { shape, values } = await guarded(path, async () => readNpy(bytes));
  const [height = 0, width = 0] = shape;
  if (shape.length === 2) return { values, width, height, lossy: false };
  throw unreadable(path, `it is an array of ${shape.join(" × ")}`, "Save a mask as an array of height × width.");
}

/** Samples as stored: a palette may give index 0 any colour, and 2-bit values would be stretched to 0 … 255. */
async function fromIndices(path: string, bytes: Buffer, { png }: FileHeader): Promise<MaskGrid> {
  return guarded(path, async () => {
    const header = png as NonNullable<typeof png>;
    const { values, palette } = pngIndices(bytes, header);
    const grid = { width: header.width, height: header.height, lossy: false };
    if (!palette) return { ...grid, values, full: 2 ** header.depth - 1 };
    const used = new Set(values);
    const colour = (index: number) => Array.from(palette.subarray(3 * index, 3 * index + 3));
    const black = [...used].find((index) => colour(index).every((value) => value === 0));
    const white = [...used].some((index) => colour(index).every((value) => value === 255));
    // Black is background; without black, index 0 is. A palette of white and black gives the colours themselves.
    if (used.size === 2 && black !== undefined && white)
      return { ...grid, values: values.map((v) => (v === black ? 0 : 255)), full: 255 };
    if (black === undefined || black === 0) return { ...grid, values };
    return { ...grid, values: values.map((index) => (index === black ? 0 : index === 0 ? black : index)) };
  });
}

/** Whether libvips would change what a TIFF file holds: palettes, inverted grey, and types beyond unsigned 8 and 16 bits. */
function needsRaw(tiff: TiffHeader): boolean {
  const { photometric, bits, sampleFormat } = tiff;
  return isStack(tiff) || photometric === 3 || (photometric === 0 && bits >= 8) || sampleFormat !== "uint" || bits > 16;
}

async function fromTiff(
  path: string,
  bytes: Buffer,
  tiff: TiffHeader,
  { plane, orientation }: MaskFileOptions,
): Promise<MaskGrid> {
  const chosen = typeof plane === "number" ? plane : tiff.pages === 1 ? 0 : undefined;
  if (chosen === undefined)
    throw unreadable(path, `it holds ${tiff.pages} pages`, "Save the mask as a file of one page, or choose a page: --plane 0");
  if (tiff.orientation > 1 && orientation !== "ignore") {
    throw unreadable(
      path,
      `it is turned by its TIFF orientation ${tiff.orientation}`,
      "Save it upright, or take it as stored: --orientation ignore",
    );
  }
  return guarded(path, async () => {
    const [planes] = await tiffPlanes(bytes, tiff, [chosen]);
    const { width, height } = tiff;
    if (planes?.length !== 1) throw new Error(`it holds ${planes?.length} values a pixel`);
    return {
      values: planes[0] as TypedArray,
      width,
      height,
      lossy: false,
      full: tiff.sampleFormat === "uint" && tiff.bits <= 16 ? 2 ** tiff.bits - 1 : undefined,
    };
  });
}

/** Grey, colours or opacity, whichever the mask is in. */
function oneChannel(
  path: string,
  values: Plane,
  channels: number,
  shades: boolean,
): Pick<MaskGrid, "values" | "colours" | "coded"> {
  const colours = channels >= 3 ? 3 : 1;
  const pixels = values.length / channels;
  const at = (channel: number) => pick(values, channels, channel);
  if (channels > colours) {
    const alpha = at(colours);
    if (varies(alpha)) {
      const visible = Array.from({ length: colours }, (_, channel) => at(channel));
      if (!visible.some((plane) => varies(plane))) return { values: alpha };
      for (let i = 0; i < pixels; i++) {
        if (alpha[i] === 0 && visible.some((plane) => plane[i] !== 0)) throw twoMasks(path);
      }
    }
  }
  if (colours === 1) return { values: channels === 1 ? values : at(0) };
  const [red, green, blue] = [at(0), at(1), at(2)];
  let [grey, redOnly] = [true, true];
  for (let i = 0; i < pixels && (grey || redOnly); i++) {
    grey &&= red[i] === green[i] && red[i] === blue[i];
    redOnly &&= green[i] === 0 && blue[i] === 0;
  }
  if (grey) return { values: red };
  if (shades) return { values: red.map((value, i) => Math.max(value, green[i] as number, blue[i] as number)) };
  return redOnly && varies(red, 3) ? { values: red, coded: true } : numberColours(path, red, green, blue);
}

type Plane = Uint8Array | Uint16Array;

function pick(values: Plane, channels: number, channel: number): Plane {
  const result = new (values.constructor as new (length: number) => Plane)(values.length / channels);
  for (let from = channel, to = 0; to < result.length; from += channels, to++) result[to] = values[from] as number;
  return result;
}

/** Whether there are `least` different values. */
function varies(values: Plane, least = 2): boolean {
  const seen = new Set<number>();
  for (const value of values) {
    seen.add(value);
    if (seen.size >= least) return true;
  }
  return false;
}

/** Black becomes 0, every other colour the next number. */
function numberColours(path: string, red: Plane, green: Plane, blue: Plane): Pick<MaskGrid, "values" | "colours"> {
  const numbers = new Map<number, number>([[0, 0]]);
  const values = new Int32Array(red.length);
  let black = false;
  for (let i = 0; i < values.length; i++) {
    const colour = (red[i] as number) + 65536 * ((green[i] as number) + 65536 * (blue[i] as number));
    black ||= colour === 0;
    const number = numbers.get(colour) ?? numbers.size;
    if (number === numbers.size) numbers.set(colour, number);
    values[i] = number;
    if (numbers.size > 65536) break;
  }
  if (black && numbers.size <= 65536) return { values, colours: numbers.size - 1 };
  const pixel = [red[0], green[0], blue[0]].join(", ");
  const says = black ? "and has more than 65536 colours" : "and nowhere black, which is the background";
  throw new MaskValueError("ACINUS_MASK_VALUES", `The mask ${path} is coloured ${says}: one pixel is (${pixel}).`, {
    file: path,
    fix: "Save it as a greyscale PNG with 0 for background and 255 for cells, or one colour a cell on black.",
  });
}

function twoMasks(path: string): MaskValueError {
  const message = `The mask ${path} holds two masks: its opacity (alpha) and its colours mark different pixels.`;
  return new MaskValueError("ACINUS_MASK_VALUES", message, {
    file: path,
    fix: "Save the right one as a greyscale PNG without alpha.",
  });
}
