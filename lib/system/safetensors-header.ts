import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { openRegularSync } from "./regular-file.js";

const longestHeader = 100_000_000; // bytes, as the reference implementation of safetensors

/**
 * The `__metadata__` of a safetensors file, empty where it has none. Only the header is read; the tensors are checked when they
 * are loaded. A link is not followed.
 * @throws Error that says in half a sentence why the file is no safetensors file; the system's error when it cannot be read.
 */
export function readSafetensorsMetadata(path: string): Record<string, unknown> {
  const file = openRegularSync(path, constants.O_RDONLY);
  try {
    const prefix = Buffer.alloc(8);
    if (readSync(file, prefix, 0, 8, 0) < 8) throw new Error("it is too short for a safetensors file");
    const length = prefix.readBigUInt64LE();
    const room = Math.min(longestHeader, fstatSync(file).size - 8);
    if (length > BigInt(room)) throw new Error("its header length does not fit: it is truncated, or no safetensors file");
    const header = Buffer.alloc(Number(length));
    if (readSync(file, header, 0, header.length, 8) < header.length) throw new Error("it is truncated");
    return metadataIn(header.toString());
  } finally {
    closeSync(file);
  }
}

function metadataIn(header: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(header);
  } catch {
    throw new Error("it is no safetensors file");
  }
  const metadata = (document as { __metadata__?: unknown } | null)?.__metadata__ ?? {};
  if (typeof metadata !== "object" || metadata === null) throw new Error("its metadata is no object");
  return metadata as Record<string, unknown>;
}
