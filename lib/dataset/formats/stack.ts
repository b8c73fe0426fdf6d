/** TIFF files that hold more than one picture: channels, planes or moments in pages or in samples. Nothing of them is chosen in silence. */
import type { DataError } from "../../errors.js";
import { type Channel, describeChannels } from "../channels.js";
import { unreadable } from "./file.js";
import { guarded, type Orientation, type Raster } from "./raster.js";
import { type Planes, tiffPlanes } from "./tiff.js";
import { type TiffAxes, tiffAxes } from "./tiff-axes.js";
import type { TiffHeader } from "./tiff-header.js";
import { interleave, type TypedArray } from "./values.js";

export interface StackOptions {
  /** Channels to take, by name or number from 0: one as grey, two as red and green, three as red, green and blue. By default all, or those of the training. */
  channels?: readonly Channel[];
  /** Which plane of a stack, counted from 0, or its maximum or mean over all planes. By default none: needed where a file has several. */
  plane?: number | "max" | "mean";
}

/** Whether reading the file as one image would leave something out. */
export function isStack(header: TiffHeader): boolean {
  const { extra, pages } = header;
  return pages > 1 || (extra.count > 0 && !extra.alpha) || total(tiffAxes(header).order) > 1;
}

/** All channels of a plane or projection, with their names. */
export async function readStack(
  path: string,
  bytes: Buffer,
  header: TiffHeader,
  options: StackOptions & { orientation?: Orientation },
): Promise<{ raster: Raster; names: readonly string[] }> {
  const axes = tiffAxes(header);
  const channels = sizeOf(axes, "C");
  const count = total(axes.order) / channels;
  const samples = Math.max(1, header.samples);
  const { plane = count === 1 ? 0 : undefined } = options;
  if (plane === undefined) throw severalPlanes(path, axes, count);
  if (typeof plane === "number" && plane >= count) throw missingPlane(path, plane, count);
  const coloured = channels === 1 && samples === 3 && header.photometric === 2;
  if (options.channels === undefined && channels * samples > 1 && !coloured) {
    throw severalChannels(path, axes, channels * samples);
  }
  refuseTurned(path, header, options.orientation);
  return guarded(path, async () => {
    const planes = typeof plane === "number" ? [plane] : Array.from({ length: count }, (_, i) => i);
    let result: TypedArray[] | undefined;
    for (const one of planes) {
      const pages = Array.from({ length: channels }, (_, channel) => pageOf(axes, channel, one));
      const found: Planes = (await tiffPlanes(bytes, header, pages)).flat();
      if (plane === "mean") result = found.map((values, i) => added(result?.[i], values));
      else result = result ? found.map((values, i) => maximum((result as TypedArray[])[i] as TypedArray, values)) : [...found];
    }
    const mean = (sum: TypedArray) => divided(sum, count, header);
    const final = plane === "mean" ? (result ?? []).map(mean) : (result ?? []);
    const values = interleave(final);
    const raster = { values, channels: final.length, width: header.width, height: header.height };
    return { raster, names: axes.channelNames };
  });
}

const total = (order: TiffAxes["order"]) => order.reduce((product, { size }) => product * size, 1);
const sizeOf = ({ order }: TiffAxes, axis: "C" | "Z" | "T") => order.find((one) => one.axis === axis)?.size ?? 1;

/** The page that holds a channel of a plane; planes count through all axes but the channels, in the file's order. */
function pageOf({ order }: TiffAxes, channel: number, plane: number): number {
  let [page, stride, rest] = [0, 1, plane];
  for (const { axis, size } of order) {
    page += stride * (axis === "C" ? channel : rest % size);
    if (axis !== "C") rest = Math.floor(rest / size);
    stride *= size;
  }
  return page;
}

function added(sum: TypedArray | undefined, values: TypedArray): Float64Array {
  const result = (sum as Float64Array | undefined) ?? new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = (result[i] as number) + (values[i] as number);
  return result;
}

function maximum(most: TypedArray, values: TypedArray): TypedArray {
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > (most[i] as number)) most[i] = values[i] as number;
  return most;
}

/** The mean of so many planes, in the file's type up to 16 bits and as float32 beyond. */
function divided(sum: TypedArray, count: number, { bits, sampleFormat }: TiffHeader): TypedArray {
  if (sampleFormat === "float" || bits > 16) return Float32Array.from(sum, (value) => value / count);
  const signed = sampleFormat === "int";
  const Type = bits <= 8 ? (signed ? Int8Array : Uint8Array) : signed ? Int16Array : Uint16Array;
  return new Type(sum.map((value) => Math.round(value / count)));
}

/** Pages are taken as they are stored, and inverted grey is not turned about: neither in silence. */
function refuseTurned(path: string, { orientation, photometric }: TiffHeader, asked: Orientation | undefined): void {
  if (photometric === 0) throw unreadable(path, "its grey is inverted (white is zero)", "Save it with black as zero.");
  if (orientation <= 1 || asked === "ignore") return;
  const fix = "Save it upright, or take it as stored: --orientation ignore";
  throw unreadable(path, `it is turned by its TIFF orientation ${orientation}`, fix);
}

function severalPlanes(path: string, axes: TiffAxes, count: number): DataError {
  const says = axes.source === "pages" ? `it holds ${count} pages` : `it is a stack of ${count} planes (${axes.source})`;
  const fix =
    "Choose one, counted from 0 (--plane 0), or project all (--plane max, --plane mean). Or: Save each page as a file of its own.";
  return unreadable(path, says, fix);
}

function severalChannels(path: string, axes: TiffAxes, count: number): DataError {
  const fix = "Choose one to three by name or number, for example: --channels 0";
  return unreadable(path, `it holds ${describeChannels(count, axes.channelNames)}`, fix);
}

function missingPlane(path: string, plane: number, count: number): DataError {
  return unreadable(path, `it has no plane ${plane}, only ${count}, counted from 0`, "Choose another plane.");
}
