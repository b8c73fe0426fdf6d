/** Whole files as bytes: what is no regular file, or too large, is named before anything is read. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { DataError } from "../../errors.js";

/** The largest file that is taken into memory whole: 2 GiB. */
export const largestFile = 2 ** 31 - 1;

/**
 * The bytes of a regular file. A pipe, a device or a folder is refused without waiting for it.
 * @throws DataError ACINUS_FILE_NOT_FOUND or ACINUS_UNREADABLE_IMAGE, both naming the file.
 */
export async function readBytes(path: string, limit = largestFile): Promise<Buffer> {
  try {
    // Opening a pipe without O_NONBLOCK would wait for somebody to write into it.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw unreadable(path, `it is ${kindOf(stat)}, not a file`, "Remove or rename it.");
      if (stat.size > limit) {
        const message = `it has ${stat.size} bytes, more than the ${limit} that are read at once`;
        throw unreadable(path, message, "Cut it into smaller images.");
      }
      const bytes = Buffer.allocUnsafeSlow(stat.size);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw named(path, error);
  }
}

/** The text of a file in UTF-8, without a byte order mark. */
export async function readText(path: string, limit: number): Promise<string> {
  const text = (await readBytes(path, limit)).toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Parses a JSON file of any size that a string can have. @throws DataError naming the file. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path, 2 ** 29 - 2 ** 20);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(path, `it is not JSON (${(error as Error).message})`, "Save it again.", error);
  }
}

export function unreadable(path: string, reason: string, fix: string, cause?: unknown): DataError {
  return new DataError("ACINUS_UNREADABLE_IMAGE", `The image ${path} cannot be read: ${reason}.`, { file: path, fix, cause });
}

function named(path: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT") return unreadable(path, message, "Check the file.", error);
  if (path.includes("\uFFFD")) return unreadable(path, "its name is not UTF-8", "Rename it.", error);
  return new DataError("ACINUS_FILE_NOT_FOUND", `There is no file ${path}.`, { file: path, cause: error });
}

type Kinds = Record<"isDirectory" | "isFIFO" | "isSocket" | "isCharacterDevice" | "isBlockDevice", () => boolean>;

function kindOf(stat: Kinds): string {
  if (stat.isDirectory()) return "a folder";
  if (stat.isFIFO()) return "a pipe";
  if (stat.isSocket()) return "a socket";
  return stat.isCharacterDevice() || stat.isBlockDevice() ? "a device" : "something else";
}
