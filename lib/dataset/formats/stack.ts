/** TIFF files that hold more than one picture: channels, planes or moments in pages or in samples. Nothing of them is chosen in silence. */
import type { DataError } from "../../errors.js";
import { type Channel, describeChannels, pickChannels } from "../channels.js";
import { unreadable } from "./file.js";
import { guarded, type Raster } from "./raster.js";
import { type Planes, tiffPlanes } from "./tiff.js";
import { type TiffAxes, tiffAxes } from "./tiff-axes.js";
import type { TiffHeader } from "./tiff-header.js";
import { interleave, type TypedArray } from "./values.js";

export interface StackOptions {
  /** Channels to take, by name or number from 0: one as grey, two as red and green, three as red, green and blue. */
  channels?: readonly Channel[];
  /** Which plane of a stack, counted from 0, or its maximum or mean over all planes. */
  plane?: number | "max" | "mean";
}

/** Whether reading the file as one image would leave something out. */
export function isStack(header: TiffHeader): boolean {
  const { extra, pages } = header;
  return pages > 1 || (extra.count > 0 && !extra.alpha) || total(tiffAxes(header).order) > 1;
}

export async function readStack(path: string, bytes: Buffer, header: TiffHeader, options: StackOptions): Promise<Raster> {
  const axes = tiffAxes(header);
  const channels = sizeOf(axes, "C");
  const count = total(axes.order) / channels;
  const samples = Math.max(1, header.samples);
  const { plane = count === 1 ? 0 : undefined } = options;
  if (plane === undefined) throw severalPlanes(path, axes, count);
  if (typeof plane === "number" && plane >= count) throw missingPlane(path, plane, count);
  const wanted = channels * samples > 1 ? options.channels : (options.channels ?? [0]);
  if (wanted === undefined && !(channels === 1 && samples === 3 && header.photometric === 2)) {
    throw severalChannels(path, axes, channels * samples);
  }
  refuseType(path, header);
  return guarded(path, async () => {
    const planes = typeof plane === "number" ? [plane] : Array.from({ length: count }, (_, i) => i);
    let result: TypedArray[] | undefined;
    for (const one of planes) {
      const pages = Array.from({ length: channels }, (_, channel) => pageOf(axes, channel, one));
      const found: Planes = (await tiffPlanes(bytes, header, pages)).flat();
      if (plane === "mean") result = found.map((values, i) => added(result?.[i], values));
      else result = result ? found.map((values, i) => maximum((result as TypedArray[])[i] as TypedArray, values)) : [...found];
    }
    const Type = header.bits === 8 ? Uint8Array : Uint16Array;
    const mean = (sum: TypedArray) => new Type(sum.map((value) => Math.round(value / count)));
    const final = plane === "mean" ? (result ?? []).map(mean) : (result ?? []);
    const values = interleave(final) as Raster["values"];
    const raster: Raster = {
      ...{ values, channels: final.length, width: header.width, height: header.height },
      bits: header.bits === 8 ? 8 : 16,
    };
    return wanted ? pickChannels(path, raster, wanted, axes.channelNames) : raster;
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

/** Values of other types wait for a declared window of intensity; they are never mapped in silence. */
function refuseType(path: string, { bits, sampleFormat }: TiffHeader): void {
  if (sampleFormat === "uint" && (bits === 8 || bits === 16)) return;
  const type = sampleFormat === "float" ? "float" : `${sampleFormat} of ${bits} bits`;
  throw unreadable(path, `its values are of type ${type}`, "Save it with 8 or 16 bits per channel (unsigned).");
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
