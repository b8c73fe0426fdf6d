/** The tags of a TIFF or BigTIFF file that say how to read it; no pixels. */
import { levelsOf, type TiffLevel, type TiffPicture } from "./tiff-levels.js";

export interface TiffHeader {
  readonly width: number;
  readonly height: number;
  /** Pages of full resolution: thumbnails and the smaller copies of a pyramid are not counted. */
  readonly pages: number;
  /** The image in its resolutions, full size first; one alone where the file is no pyramid. */
  readonly levels: readonly TiffLevel[];
  readonly bits: number;
  readonly samples: number;
  /** uint, int or float. */
  readonly sampleFormat: "uint" | "int" | "float" | "other";
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 CIELAB. */
  readonly photometric: number;
  readonly compression: number;
  /** Whether the pixels lie in tiles, so that a part can be read by itself. */
  readonly tiled: boolean;
  /** Samples of a pixel that are no colours: how many, and whether they are opacity. */
  readonly extra: { readonly count: number; readonly alpha: boolean };
  /** How the image is turned for display, 1 to 8 as in EXIF. */
  readonly orientation: number;
  readonly description: string;
  /** Pixels per resolution unit, and the unit: 1 none, 2 inch, 3 centimetre. */
  readonly resolution?: { readonly x: number; readonly unit: number };
  /** Where the pixels of the first strip begin. */
  readonly offset: number;
  readonly littleEndian: boolean;
}

/** More directories than this are a loop or no image. */
const mostPages = 1 << 16;
/** And more resolutions than this. */
const mostLevels = 64;
const sizes: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** What of a Buffer is needed; `FileBytes` has it too, without holding the file. */
export type ByteSource = Pick<
  Buffer,
  | "length"
  | "at"
  | "readUInt16LE"
  | "readUInt16BE"
  | "readUInt32LE"
  | "readUInt32BE"
  | "readBigUInt64LE"
  | "readBigUInt64BE"
  | "toString"
>;

class Reader {
  readonly little: boolean;
  readonly big: boolean;
  constructor(readonly bytes: ByteSource) {
    this.little = bytes.at(0) === 0x49;
    this.big = this.u16(2) === 43;
  }
  u16(at: number): number {
    return this.little ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }
  u32(at: number): number {
    return this.little ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }
  u64(at: number): number {
    return Number(this.little ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at));
  }
  offset(at: number): number {
    return this.big ? this.u64(at) : this.u32(at);
  }
  value(type: number, at: number): number {
    if (type === 3 || type === 8) return this.u16(at);
    if (type === 4 || type === 9 || type === 13) return this.u32(at);
    if (type === 5 || type === 10) return this.u32(at) / this.u32(at + 4);
    return type >= 16 ? this.u64(at) : (this.bytes.at(at) as number);
  }
}

interface Tag {
  readonly type: number;
  readonly count: number;
  readonly at: number;
}

/** Throws an Error (RangeError among others) where the file is damaged. */
export function tiffHeader(bytes: ByteSource): TiffHeader {
  const reader = new Reader(bytes);
  const seen = new Set<number>();
  let first: Map<number, Tag> | undefined;
  const chain: TiffPicture[] = [];
  for (let at = reader.offset(reader.big ? 8 : 4); at !== 0 && !seen.has(at) && seen.size < mostPages; ) {
    seen.add(at);
    const { tags, next } = directory(reader, at);
    first ??= tags;
    chain.push(picture(reader, tags));
    at = next;
  }
  if (!first) throw new Error("it holds no image");
  const below = first.get(330);
  const places = below ? Math.min(below.count, mostLevels) : 0;
  const inner = Array.from({ length: places }, (_, i) => {
    const { type, at } = below as Tag;
    const step = sizes[type] ?? 4;
    return picture(
      reader,
      directory(reader, type === 16 || type === 18 ? reader.u64(at + i * step) : reader.u32(at + i * step)).tags,
    );
  });
  const found = describe(reader, first);
  const levels = levelsOf(chain, inner);
  const slide = found.description.startsWith("Aperio ") || levels.some(({ page }) => page > 0);
  const pages = slide ? 1 : 1 + chain.slice(1).filter(({ reduced }) => !reduced).length;
  return { ...found, pages, levels };
}

function picture(reader: Reader, tags: Map<number, Tag>): TiffPicture {
  const number = (tag: number) => {
    const found = tags.get(tag);
    return found && found.count > 0 ? reader.value(found.type, found.at) : 0;
  };
  return { width: number(256), height: number(257), tiled: tags.has(322), reduced: (number(254) & 1) === 1 };
}

function directory(reader: Reader, at: number): { tags: Map<number, Tag>; next: number } {
  const count = reader.big ? reader.u64(at) : reader.u16(at);
  const [head, entry] = reader.big ? [8, 20] : [2, 12];
  const tags = new Map<number, Tag>();
  for (let i = 0; i < count; i++) {
    const start = at + head + i * entry;
    const type = reader.u16(start + 2);
    const values = reader.offset(start + 4);
    const place = start + (reader.big ? 12 : 8);
    const inline = (sizes[type] ?? 1) * values <= (reader.big ? 8 : 4);
    tags.set(reader.u16(start), { type, count: values, at: inline ? place : reader.offset(place) });
  }
  return { tags, next: reader.offset(at + head + count * entry) };
}

function describe(reader: Reader, tags: Map<number, Tag>): Omit<TiffHeader, "pages" | "levels"> {
  const number = (tag: number, otherwise: number) => {
    const found = tags.get(tag);
    return found && found.count > 0 ? reader.value(found.type, found.at) : otherwise;
  };
  const text = tags.get(270);
  const extra = tags.get(338);
  const samples = number(277, 1);
  const photometric = number(262, 1);
  const colours = [2, 6, 8].includes(photometric) ? 3 : photometric === 5 ? 4 : 1;
  const kinds = extra
    ? Array.from({ length: Math.min(extra.count, 16) }, (_, i) =>
        reader.value(extra.type, extra.at + i * (sizes[extra.type] ?? 2)),
      )
    : [];
  return {
    width: number(256, 0),
    height: number(257, 0),
    bits: number(258, 1),
    samples,
    sampleFormat: (["uint", "uint", "int", "float"] as const)[number(339, 1)] ?? "other",
    photometric,
    compression: number(259, 1),
    tiled: tags.has(322),
    extra: {
      count: Math.max(0, samples - colours),
      alpha: kinds.length > 0 && kinds.every((kind) => kind === 1 || kind === 2),
    },
    orientation: number(274, 1),
    description: text ? reader.bytes.toString("utf8", text.at, text.at + text.count).replace(/\0+$/, "") : "",
    resolution: tags.has(282) ? { x: number(282, 0), unit: number(296, 2) } : undefined,
    offset: number(273, 0),
    littleEndian: reader.little,
  };
}
