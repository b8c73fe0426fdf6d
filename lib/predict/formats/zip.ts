/** A zip archive of deflated files, without its 64-bit extension. */
import { promisify } from "node:util";
import { crc32, deflateRaw, deflateRawSync } from "node:zlib";

const deflated = promisify(deflateRaw);
/** Files below this are deflated at once: handing them to another thread takes longer. */
const small = 1 << 15;
const [local, central, ending] = [0x04034b50, 0x02014b50, 0x06054b50];
/** 1 January 1980, midnight, for all, so that the same content gives the same bytes. */
const date = 0x21;

export const mostZipEntries = 65535;

export class ZipWriter {
  readonly #pieces: Uint8Array[] = [];
  readonly #directory: Buffer[] = [];
  #end = 0;

  /** @param name ASCII. */
  async add(name: string, content: Uint8Array): Promise<void> {
    const packed = content.length < small ? deflateRawSync(content) : await deflated(content);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0); // version 2.0
    about.writeUInt16LE(8, 4); // deflate
    about.writeUInt16LE(date, 8);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(16); // comment, disk and attributes stay 0
    entry.writeUInt32LE(this.#end, 10 + 2);
    this.#directory.push(number(central), uint16(20), about, entry.subarray(2), Buffer.from(name, "latin1"));
    this.#append(number(local), about, Buffer.from(name, "latin1"), packed);
  }

  /** The pieces of the file, in their order. */
  finish(): Uint8Array[] {
    const directory = Buffer.concat(this.#directory);
    const files = this.#directory.length / 5;
    const tail = Buffer.concat([
      number(ending),
      Buffer.alloc(4),
      uint16(files),
      uint16(files),
      number(directory.length),
      number(this.#end),
      uint16(0),
    ]);
    return [...this.#pieces, directory, tail];
  }

  #append(...pieces: Uint8Array[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#end += piece.length;
    }
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
