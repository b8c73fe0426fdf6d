import { readSync } from "node:fs";
import type { ByteSource } from "./tiff-header.js";

const pageBytes = 1 << 16;
const mostPages = 64;
const longestText = 1 << 24;

/** A few numbers of a large file at a time: what is looked at, and not the rest, is in memory. Reads beyond the end throw a RangeError, as a Buffer's do. */
export class FileBytes implements ByteSource {
  readonly #pages = new Map<number, Buffer>();

  /** @param fd of a regular file. */
  constructor(
    readonly fd: number,
    readonly length: number,
  ) {}

  at(place: number): number | undefined {
    return place < this.length ? this.#bytes(place, 1)[0] : undefined;
  }
  readUInt16LE(place: number): number {
    return this.#bytes(place, 2).readUInt16LE();
  }
  readUInt16BE(place: number): number {
    return this.#bytes(place, 2).readUInt16BE();
  }
  readUInt32LE(place: number): number {
    return this.#bytes(place, 4).readUInt32LE();
  }
  readUInt32BE(place: number): number {
    return this.#bytes(place, 4).readUInt32BE();
  }
  readBigUInt64LE(place: number): bigint {
    return this.#bytes(place, 8).readBigUInt64LE();
  }
  readBigUInt64BE(place: number): bigint {
    return this.#bytes(place, 8).readBigUInt64BE();
  }
  toString(encoding: BufferEncoding = "utf8", from = 0, to = this.length): string {
    return this.#bytes(from, Math.max(0, Math.min(to, this.length, from + longestText) - from)).toString(encoding);
  }

  #bytes(place: number, count: number): Buffer {
    const first = Math.floor(place / pageBytes);
    const last = Math.floor((place + count - 1) / pageBytes);
    const start = place - first * pageBytes;
    if (first === last) return this.#page(first).subarray(start, start + count);
    const parts = Array.from({ length: last - first + 1 }, (_, i) => this.#page(first + i));
    return Buffer.concat(parts).subarray(start, start + count);
  }

  #page(index: number): Buffer {
    const known = this.#pages.get(index);
    if (known) return known;
    const page = Buffer.alloc(Math.max(0, Math.min(pageBytes, this.length - index * pageBytes)));
    let filled = 0;
    while (filled < page.length) {
      const read = readSync(this.fd, page, filled, page.length - filled, index * pageBytes + filled);
      if (read === 0) break;
      filled += read;
    }
    if (this.#pages.size >= mostPages) this.#pages.clear();
    this.#pages.set(index, page.subarray(0, filled));
    return page.subarray(0, filled);
  }
}
