/** Types of numbers that image files hold, and the bins of their histograms (native/core/image/intensity.h). */
import type { SampleArray } from "../../addon/contract.js";
import type { IntensityWindow, SampleType } from "../../config/intensity.js";

export function typeOf(values: SampleArray): SampleType {
  return values.constructor.name.replace("Array", "").toLowerCase() as SampleType;
}

const isWide = (type: SampleType) => /32|64/.test(type);
const bitsOf = (type: SampleType) => Number(/\d+/.exec(type)?.[0]);

/** In words: "16 bits". */
export function describeType(type: SampleType): string {
  const bits = `${bitsOf(type)} bits`;
  return type.startsWith("float") ? `floating point of ${bits}` : `${bits}${type.startsWith("int") ? ", signed" : ""}`;
}

/** What the mode "type" means: 0 to the largest value; of floats, 0 to 1. */
export function windowOfType(type: SampleType): IntensityWindow {
  if (type.startsWith("float")) return [0, 1, 0, 255];
  return [0, 2 ** (bitsOf(type) - (type.startsWith("int") ? 1 : 0)) - 1, 0, 255];
}

/** The upper bits of a float32 that number the bins of wide types. */
const wideBits = 18;

export function binsOf(type: SampleType): number {
  return 2 ** (isWide(type) ? wideBits : bitsOf(type));
}

const scratch = new DataView(new ArrayBuffer(4));

/** The smallest value of a bin, and the value that ends it. */
export function binRange(type: SampleType, bin: number): readonly [number, number] {
  if (!isWide(type)) {
    const value = bin - (type.startsWith("int") ? 2 ** (bitsOf(type) - 1) : 0);
    return [value, value];
  }
  const edges = [floatOf(bin, 0), floatOf(bin, 2 ** (32 - wideBits) - 1)];
  return [Math.min(...edges), Math.max(...edges)];
}

function floatOf(bin: number, rest: number): number {
  const ordered = bin * 2 ** (32 - wideBits) + rest;
  scratch.setUint32(0, ordered >= 2 ** 31 ? ordered - 2 ** 31 : ~ordered >>> 0);
  return scratch.getFloat32(0);
}
