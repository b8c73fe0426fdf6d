import { readFileSync } from "node:fs";
import { settle } from "../../lib/addon/job.js";
import { native } from "../../lib/addon/load.js";

export const fixtures = new URL("../fixtures/weights/", import.meta.url);
export const fixture = (name: string) => new URL(name, fixtures).pathname;

export const inspect = (path: string) => settle(() => native().inspectWeights(path));

/** Name, shape and values of every tensor of a file, read by our reader and written as safetensors to `scratch`. */
export async function contents(path: string, scratch: string): Promise<[string, number[], number[]][]> {
  const { entries } = await settle(() => native().convertWeights(path, scratch));
  const bytes = readFileSync(scratch);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<string, Description>;
  return entries.map(({ name, shape }) => {
    const { dtype, data_offsets } = header[name] as Description;
    const [begin, end] = data_offsets.map((at) => start + at) as [number, number];
    return [name, [...shape], numbers(dtype, bytes.subarray(begin, end))];
  });
}

interface Description {
  dtype: string;
  data_offsets: [number, number];
}

function numbers(dtype: string, bytes: Buffer): number[] {
  const read: Record<string, [number, (at: number) => number]> = {
    F64: [8, (at) => bytes.readDoubleLE(at)],
    F32: [4, (at) => bytes.readFloatLE(at)],
    F16: [2, (at) => small(bytes.readUInt16LE(at), 5, 10)],
    BF16: [2, (at) => small(bytes.readUInt16LE(at), 8, 7)],
    F8_E4M3: [1, (at) => small(bytes.readUInt8(at), 4, 3)],
    F8_E5M2: [1, (at) => small(bytes.readUInt8(at), 5, 2)],
    I64: [8, (at) => Number(bytes.readBigInt64LE(at))],
    I32: [4, (at) => bytes.readInt32LE(at)],
    I16: [2, (at) => bytes.readInt16LE(at)],
    I8: [1, (at) => bytes.readInt8(at)],
    U8: [1, (at) => bytes.readUInt8(at)],
    BOOL: [1, (at) => bytes.readUInt8(at)],
  };
  const [width, value] = read[dtype] as [number, (at: number) => number];
  return Array.from({ length: bytes.length / width }, (_, i) => value(i * width));
}

/** A finite floating-point number of few bits: sign, exponent, mantissa. */
function small(bits: number, exponentBits: number, mantissaBits: number): number {
  const mantissa = bits & (2 ** mantissaBits - 1);
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}
