/** A PNG that is written row by row: chunks and filters as the PNG specification has them. */
import { once } from "node:events";
import { constants, crc32, createDeflate } from "node:zlib";
import { type BeginRows, bytesOf } from "./rows-file.js";

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const unfiltered = 0;

const colourTypes = { 1: 0, 3: 2 } as const;

/** Grey of 8 or 16 bits, or RGB of 8. */
export const beginPng: BeginRows = async (file, { width, height, bits, channels = 1 }) => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(bits, 8);
  header.writeUInt8(colourTypes[channels], 9); // then: deflate, filters of the specification, not interlaced: all 0
  await file.write(signature);
  await file.write(chunk("IHDR", header));

  const deflate = createDeflate({ level: 4, strategy: constants.Z_DEFAULT_STRATEGY });
  const packed: Buffer[] = [];
  deflate.on("data", (bytes: Buffer) => packed.push(bytes));
  const flush = async () => {
    if (packed.length > 0) await file.write(chunk("IDAT", Buffer.concat(packed.splice(0))));
  };
  const stride = (width * channels * bits) / 8;
  return {
    async write(rows) {
      const values = bytesOf(rows);
      const lines = Buffer.allocUnsafe(values.length + values.length / stride);
      for (let from = 0, to = 0; from < values.length; from += stride, to += stride + 1) {
        lines[to] = unfiltered;
        const line = lines.subarray(to + 1, to + 1 + stride);
        values.copy(line, 0, from, from + stride);
        if (bits === 16) line.swap16(); // PNG is big-endian
      }
      await new Promise<void>((resolve, reject) => {
        deflate.write(lines, (error) => (error ? reject(error) : resolve()));
      });
      await flush();
    },
    async end() {
      const ended = once(deflate, "end");
      deflate.end();
      await ended;
      await flush();
      await file.write(chunk("IEND", Buffer.alloc(0)));
    },
  };
};

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, "latin1");
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
