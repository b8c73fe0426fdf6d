import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";

/** Flags that follow no symbolic link and do not wait for the other end of a pipe; Windows has neither. */
const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file and nothing else: what is behind a symbolic link belongs to somebody, and a pipe or a device would be waited for.
 * @param flags of `node:fs`' constants. @throws Error with a `code`, as `open` does; ELOOP for a symbolic link.
 */
export async function openRegular(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | careful, 0o666);
  try {
    if ((await file.stat()).isFile()) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  throw irregular(path);
}

/** As `openRegular`; returns the descriptor. */
export function openRegularSync(path: string, flags: number): number {
  const file = openSync(path, flags | careful, 0o666);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw irregular(path);
}

function irregular(path: string): Error {
  return Object.assign(new Error(`${path} is no regular file`), { code: "ENOTSUP", syscall: "open" });
}

/** What is at a path, links not followed; undefined where nothing is. */
export async function entryAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw error;
  }
}

/** SHA-256 and size of a file's content. */
export async function digestOf(path: string): Promise<{ size: number; sha256: string }> {
  const file = await openRegular(path, constants.O_RDONLY);
  try {
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(1 << 20);
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return { size, sha256: hash.digest("hex") };
      hash.update(chunk.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await file.close();
  }
}
