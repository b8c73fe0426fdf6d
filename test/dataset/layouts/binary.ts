/** Small writers of formats that sharp does not write: TIFF of any type and number of pages, NumPy arrays, ImageJ regions, palettes. */
import { deflateSync } from "node:zlib";
import { side } from "./scene.js";

type Numbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

export interface TiffOptions {
  samples?: number;
  description?: string;
  photometric?: number;
  /** Pixels per unit, and the unit: 2 inch, 3 centimetre. */
  resolution?: readonly [number, number];
  /** Kinds of the samples beyond the colours. */
  extra?: readonly number[];
  width?: number;
  height?: number;
  /** RGB triples, as 3 · 256 values of 16 bits, planes apart. */
  palette?: readonly number[];
}

/** Uncompressed, one strip a page, little endian. */
export function tiff(pages: readonly Numbers[], options: TiffOptions = {}): Buffer {
  const { samples = 1, description = "", resolution, extra, width = side, height = side, palette } = options;
  const photometric = options.photometric ?? (samples >= 3 ? 2 : 1);
  const parts: Buffer[] = [Buffer.from("II*\0\0\0\0\0", "latin1")];
  let size = 8;
  const put = (bytes: Buffer): number => {
    const at = size;
    const padded = bytes.length % 2 === 1 ? Buffer.concat([bytes, Buffer.alloc(1)]) : bytes;
    parts.push(padded);
    size += padded.length;
    return at;
  };
  const shorts = (values: readonly number[]) => Buffer.from(Uint16Array.from(values).buffer);
  let link: { buffer: Buffer; at: number } = { buffer: parts[0] as Buffer, at: 4 };
  for (const page of pages) {
    const bits = 8 * page.BYTES_PER_ELEMENT;
    const format =
      page instanceof Float32Array || page instanceof Float64Array ? 3 : page.constructor.name.startsWith("Int") ? 2 : 1;
    const text = Buffer.from(`${description}\0`, "utf8");
    const entries: [number, number, number, number | Buffer][] = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, samples, shorts(Array(samples).fill(bits))],
      [259, 3, 1, 1],
      [262, 3, 1, photometric],
      [270, 2, text.length, text],
      [273, 4, 1, put(Buffer.from(page.buffer, page.byteOffset, page.byteLength))],
      [277, 3, 1, samples],
      [278, 4, 1, height],
      [279, 4, 1, page.byteLength],
    ];
    if (resolution) {
      const rational = Buffer.from(Uint32Array.from([Math.round(resolution[0] * 1000), 1000]).buffer);
      entries.push([282, 5, 1, rational], [283, 5, 1, rational], [296, 3, 1, resolution[1]]);
    }
    if (palette) entries.push([320, 3, palette.length, shorts(palette)]);
    if (extra) entries.push([338, 3, extra.length, shorts(extra)]);
    entries.push([339, 3, samples, shorts(Array(samples).fill(format))]);
    const directory = Buffer.alloc(2 + 12 * entries.length + 4);
    directory.writeUInt16LE(entries.length, 0);
    entries.forEach(([tag, type, count, value], i) => {
      const at = 2 + 12 * i;
      directory.writeUInt16LE(tag, at);
      directory.writeUInt16LE(type, at + 2);
      directory.writeUInt32LE(count, at + 4);
      if (typeof value === "number") directory.writeUInt32LE(value, at + 8);
      else if (value.length <= 4) value.copy(directory, at + 8);
      else directory.writeUInt32LE(put(value), at + 8);
    });
    const at = put(directory);
    link.buffer.writeUInt32LE(at, link.at);
    link = { buffer: directory, at: directory.length - 4 };
  }
  return Buffer.concat(parts);
}

const types: Record<string, string> = {
  Uint8Array: "|u1",
  Uint16Array: "<u2",
  Int32Array: "<i4",
  Float32Array: "<f4",
  Float64Array: "<f8",
};

export function npy(values: Numbers, shape: readonly number[], type = types[values.constructor.name]): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const header = `${text.padEnd(117)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    length,
    Buffer.from(header, "latin1"),
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ]);
}

/** A polygon with whole coordinates, as ImageJ saves it. */
export function roi(outline: readonly number[]): Buffer {
  const [xs, ys] = [outline.filter((_, i) => i % 2 === 0), outline.filter((_, i) => i % 2 === 1)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const bytes = Buffer.alloc(64 + 4 * xs.length);
  bytes.write("Iout", 0, "latin1");
  bytes.writeInt16BE(227, 4);
  [top, left, Math.max(...ys), Math.max(...xs)].forEach((value, i) => {
    bytes.writeInt16BE(value, 8 + 2 * i);
  });
  bytes.writeUInt16BE(xs.length, 16);
  xs.forEach((x, i) => {
    bytes.writeInt16BE(x - left, 64 + 2 * i);
    bytes.writeInt16BE((ys[i] as number) - top, 64 + 2 * (xs.length + i));
  });
  return bytes;
}

/** A PNG of indices or of grey values, with `depth` bits a pixel. */
export function png(values: ArrayLike<number>, depth: 1 | 2 | 4 | 8, palette?: readonly number[]): Buffer {
  const stride = Math.ceil((side * depth) / 8);
  const lines = Buffer.alloc(side * (stride + 1));
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [i % side, Math.floor(i / side)];
    const at = y * (stride + 1) + 1 + Math.floor((x * depth) / 8);
    lines[at] = (lines[at] as number) | ((values[i] as number) << (8 - depth * ((x % (8 / depth)) + 1)));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([depth, palette ? 3 : 0], 8);
  const parts = [
    chunk("IHDR", head),
    ...(palette ? [chunk("PLTE", Buffer.from(palette))] : []),
    chunk("IDAT", deflateSync(lines)),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts]);
}

export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
