/** What a PNG file says before its pixels, and the pixels of palette images as the indices that they are. */
import { inflateSync } from "node:zlib";

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA. */
  readonly colour: number;
  readonly interlaced: boolean;
  /** More than one frame (APNG). */
  readonly animated: boolean;
  /** Holds EXIF data, which may turn the image. */
  readonly exif: boolean;
  /** Whether the file has its end. */
  readonly complete: boolean;
  /** Transparency beside the colours: an alpha channel or a tRNS chunk. */
  readonly transparency: boolean;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function* chunks(bytes: Buffer): Generator<Chunk> {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    yield { type: bytes.toString("latin1", at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** Undefined where the bytes do not begin as a PNG file does. */
export function pngHeader(bytes: Buffer): PngHeader | undefined {
  if (bytes.length < 29 || bytes.toString("latin1", 0, 16) !== "\x89PNG\r\n\x1a\n\0\0\0\rIHDR") return undefined;
  let [animated, exif, transparent, complete] = [false, false, false, false];
  for (const { type, data } of chunks(bytes)) {
    if (type === "acTL") animated = data.length >= 4 && data.readUInt32BE(0) > 1;
    else if (type === "eXIf") exif = true;
    else if (type === "tRNS") transparent = true;
    else if (type === "IEND") complete = true;
  }
  const colour = bytes[25] as number;
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    depth: bytes[24] as number,
    colour,
    interlaced: bytes[28] !== 0,
    animated,
    exif,
    complete,
    transparency: transparent || colour === 4 || colour === 6,
  };
}

export interface PngIndices {
  /** One sample a pixel, as stored: an index into the palette, or a grey value of fewer than 8 bits. */
  readonly values: Uint8Array;
  /** RGB triples; undefined for a grey image. */
  readonly palette?: Uint8Array;
}

/** Samples of a palette image, or of a grey one with fewer than 8 bits, without a change of values. Throws an Error on damage. */
export function pngIndices(bytes: Buffer, header: PngHeader): PngIndices {
  const { width, height, depth, interlaced } = header;
  if (interlaced) throw new Error("it is an interlaced palette image");
  const stride = Math.ceil((width * depth) / 8);
  const parts: Buffer[] = [];
  let palette: Uint8Array | undefined;
  for (const { type, data } of chunks(bytes)) {
    if (type === "PLTE") palette = data;
    if (type === "IDAT") parts.push(data);
  }
  const packed = Buffer.concat(parts);
  const size = height * (stride + 1);
  // Deflate packs at most 1032 bytes into one.
  if (size > 1100 * packed.length + 1024) throw new Error("the file is cut short");
  const lines = inflateSync(packed, { maxOutputLength: size });
  if (lines.length < size) throw new Error("the file is cut short");
  unfilter(lines, stride, height);
  const values = new Uint8Array(width * height);
  const perByte = 8 / depth;
  const mask = 2 ** depth - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const line = y * (stride + 1) + 1;
    for (let x = 0; x < width; x++, to++) {
      const byte = lines[line + Math.floor(x / perByte)] as number;
      values[to] = (byte >> (8 - depth * ((x % perByte) + 1))) & mask;
    }
  }
  return { values, palette: header.colour === 3 ? palette : undefined };
}

/** Undoes the filters of the PNG specification, section 9, in place; a pixel takes one byte or less. */
function unfilter(lines: Buffer, stride: number, height: number): void {
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const filter = lines[start] as number;
    if (filter > 4) throw new Error(`it holds the unknown filter ${filter}`);
    for (let x = 1; x <= stride; x++) {
      const at = start + x;
      const left = x > 1 ? (lines[at - 1] as number) : 0;
      const up = y > 0 ? (lines[at - stride - 1] as number) : 0;
      const corner = x > 1 && y > 0 ? (lines[at - stride - 2] as number) : 0;
      const predicted = filter === 0 ? 0 : filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : 0;
      const offset = filter === 4 ? paeth(left, up, corner) : predicted;
      lines[at] = ((lines[at] as number) + offset) & 255;
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
