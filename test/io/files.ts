import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The bytes of a safetensors file with this header, whatever it says. `length` is what the file claims the header's length to be. */
export function safetensors(header: string | object, data: Uint8Array = new Uint8Array(), length?: bigint): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, data]);
}

/** Header and tensors' bytes of a file, to be changed and written again. */
export function taken(file: Buffer): {
  header: Record<string, Entry> & { __metadata__?: Record<string, string> };
  data: Buffer;
} {
  const end = 8 + Number(file.readBigUInt64LE());
  return { header: JSON.parse(file.subarray(8, end).toString()), data: file.subarray(end) };
}
export interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export function written(path: string, content: string | Uint8Array): string {
  writeFileSync(path, content);
  return path;
}

export const inside = (folder: string) => (name: string) => join(folder, name);
