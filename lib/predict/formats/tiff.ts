/** Labels as a TIFF file: one unsigned grey value a pixel, in strips that are deflated. https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { AcinusError } from "../../errors.js";

const deflated = promisify(deflate);
/** Bytes of a strip before it is deflated. */
const stripBytes = 1 << 22;
const largest = 2 ** 32 - 2 ** 16;

const [short, long, rational] = [3, 4, 5];
const bytesOf: Record<number, number> = { [short]: 2, [long]: 4, [rational]: 8 };

/**
 * The pieces of the file, in their order. Deflating is done beside the event loop.
 * @param pixelSize µm per pixel, as the resolution.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT beyond the 4 GB that a TIFF file may hold.
 */
export async function labelsTiff(
  values: Uint16Array | Uint32Array,
  { width, height }: { width: number; height: number },
  { pixelSize, signal }: { pixelSize?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array[]> {
  const rowBytes = width * values.BYTES_PER_ELEMENT;
  const rows = Math.max(1, Math.floor(stripBytes / rowBytes));
  const pixels = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const strips: Uint8Array[] = [];
  for (let row = 0; row < height; row += rows) {
    signal?.throwIfAborted();
    strips.push(await deflated(pixels.subarray(row * rowBytes, Math.min(height, row + rows) * rowBytes), { level: 3 }));
  }
  const sizes = strips.map(({ length }) => length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > largest) {
    const message = `The labels take ${total} bytes, and a TIFF file holds 4 GB.`;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: total, fix: 'Use format "coco" or "geojson".' });
  }
  const offsets: number[] = [];
  let end = 8;
  for (const size of sizes) {
    offsets.push(end);
    end += size + (size % 2); // at even places
  }
  const perCentimetre = pixelSize === undefined ? [] : [Math.round(1e8 / pixelSize), 1e4];
  const directory = encodeDirectory(end, [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, [8 * values.BYTES_PER_ELEMENT]],
    [259, short, [8]], // deflate
    [262, short, [1]], // black is zero
    [273, long, offsets],
    [277, short, [1]],
    [278, long, [rows]],
    [279, long, sizes],
    ...(perCentimetre.length > 0
      ? ([
          [282, rational, perCentimetre],
          [283, rational, perCentimetre],
          [296, short, [3]],
        ] as Entry[])
      : []),
    [339, short, [1]], // unsigned
  ]);
  const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(end, 4);
  return [header, ...strips.flatMap((strip) => (strip.length % 2 === 0 ? [strip] : [strip, Buffer.alloc(1)])), directory];
}

/** Tag, type and values; of a rational, numerator and denominator. */
type Entry = [number, number, number[]];

/** A directory that lies at `start`, with the values that do not fit into it behind. */
function encodeDirectory(start: number, entries: Entry[]): Buffer {
  const head = Buffer.alloc(2 + 12 * entries.length + 4);
  head.writeUInt16LE(entries.length, 0);
  const behind: Buffer[] = [];
  let end = start + head.length;
  entries.forEach(([tag, type, values], i) => {
    const at = 2 + 12 * i;
    const count = type === rational ? values.length / 2 : values.length;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    const bytes = Buffer.alloc(Math.max(4, count * (bytesOf[type] as number)));
    values.forEach((value, k) => {
      if (type === short) bytes.writeUInt16LE(value, 2 * k);
      else bytes.writeUInt32LE(value, 4 * k);
    });
    if (bytes.length === 4) bytes.copy(head, at + 8);
    else {
      head.writeUInt32LE(end, at + 8);
      behind.push(bytes);
      end += bytes.length;
    }
  });
  return Buffer.concat([head, ...behind]);
}
