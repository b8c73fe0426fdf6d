/** A grey TIFF that is written row by row, in strips packed with Deflate: TIFF 6.0, and BigTIFF where it may grow beyond 4 GB. */
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { type BeginRows, bytesOf, type RowsPicture } from "./rows-file.js";

const pack = promisify(deflate);

/** Of a strip before it is packed. */
const stripBytes = 1 << 20;
const [short, long, long8] = [3, 4, 16];
const sizes: Record<number, number> = { [short]: 2, [long]: 4, [long8]: 8 };

/** Unsigned whole numbers of 8, 16 or 32 bits. */
export const beginTiff: BeginRows = async (file, picture) => {
  const { width, height, bits } = picture;
  const stride = (width * bits) / 8;
  const rowsPerStrip = Math.min(height, Math.max(1, Math.floor(stripBytes / stride)));
  const offsets: number[] = [];
  const counts: number[] = [];
  const reserved = directory(picture, rowsPerStrip, [], []).length;
  await file.write(Buffer.alloc(reserved)); // the directory's place, until all strips are known
  let waiting: Buffer[] = [];
  let bytes = 0;
  const append = async (strips: readonly Buffer[]) => {
    for (const packed of await Promise.all(strips.map((strip) => pack(strip, { level: 4 })))) {
      offsets.push(file.size);
      counts.push(packed.length);
      await file.write(packed);
    }
  };
  return {
    async write(rows) {
      waiting.push(Buffer.from(bytesOf(rows)));
      bytes += rows.byteLength;
      const whole = Math.floor(bytes / (stride * rowsPerStrip));
      if (whole === 0) return;
      const all = Buffer.concat(waiting);
      const strip = (i: number) => all.subarray(i * stride * rowsPerStrip, (i + 1) * stride * rowsPerStrip);
      await append(Array.from({ length: whole }, (_, i) => strip(i)));
      waiting = [all.subarray(whole * stride * rowsPerStrip)];
      bytes = all.length - whole * stride * rowsPerStrip;
    },
    async end() {
      if (bytes > 0) await append([Buffer.concat(waiting)]);
      await file.rewrite(directory(picture, rowsPerStrip, offsets, counts), 0);
    },
  };
};

/** Header, directory and its lists of strips, which are as long whatever the numbers in them. */
function directory(
  { width, height, bits, big: wanted }: RowsPicture,
  rowsPerStrip: number,
  offsets: readonly number[],
  counts: readonly number[],
): Buffer {
  const big = wanted ?? (width * height * bits) / 8 > 2 ** 32 - 2 ** 26;
  const strips = Math.ceil(height / rowsPerStrip);
  const list = (values: readonly number[]) => Array.from({ length: strips }, (_, i) => values[i] ?? 0);
  const place = big ? long8 : long;
  const entries: readonly (readonly [number, number, readonly number[]])[] = [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, [bits]],
    [259, short, [8]], // Deflate
    [262, short, [1]], // black is zero
    [273, place, list(offsets)],
    [277, short, [1]], // samples
    [278, long, [rowsPerStrip]],
    [279, place, list(counts)],
    [339, short, [1]], // unsigned
  ];
  const [head, count, entry, room] = big ? [16, 8, 20, 8] : [8, 2, 12, 4];
  const end = head + count + entries.length * entry + room;
  const lists = entries.reduce((sum, [, type, values]) => sum + outside(type, values), 0);
  const out = Buffer.alloc(end + lists);
  const number = (type: number, value: number, at: number) => {
    if (type === long8) out.writeBigUInt64LE(BigInt(value), at);
    else if (type === long) out.writeUInt32LE(value, at);
    else out.writeUInt16LE(value, at);
  };
  out.write("II", 0, "latin1");
  out.writeUInt16LE(big ? 43 : 42, 2);
  if (big) out.writeUInt16LE(8, 4); // bytes of an offset
  number(place, head, big ? 8 : 4);
  number(big ? long8 : short, entries.length, head);
  let free = end;
  entries.forEach(([tag, type, values], i) => {
    const at = head + count + i * entry;
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    number(place, values.length, at + 4);
    const inline = outside(type, values) === 0;
    if (!inline) number(place, free, at + (big ? 12 : 8));
    values.forEach((value, k) => {
      number(type, value, (inline ? at + (big ? 12 : 8) : free) + k * (sizes[type] as number));
    });
    free += outside(type, values);
  });
  return out;

  /** Bytes of values that do not fit into the entry itself. */
  function outside(type: number, values: readonly number[]): number {
    const bytes = (sizes[type] as number) * values.length;
    return bytes > room ? bytes : 0;
  }
}
