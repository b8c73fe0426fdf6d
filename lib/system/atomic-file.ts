import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AcinusError } from "../errors.js";
import { tryLockFile } from "./file-lock.js";
import { openRegular } from "./regular-file.js";

/** What was written, told before the file gets its name. */
export interface WrittenContent {
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes a whole file or none: beside the target, synced, renamed. Missing folders are made. Who reads `path` meanwhile sees the old file or the
 * new one, never a half. Pieces are written as they come, so that all of them need not be in memory. What is at `path` is replaced: results go
 * through `writeOutput`, which asks first whose it is.
 * @param beforeNaming runs when the content is on disk and before it gets its name.
 * @throws AcinusError ACINUS_WRITE_FAILED, naming the file and the reason.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  beforeNaming?: (written: WrittenContent) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  let temporary: string | undefined;
  try {
    await mkdir(folder, { recursive: true });
    const created = await createTemporary(path);
    temporary = created.path;
    const hash = createHash("sha256");
    let size = 0;
    try {
      for (const piece of typeof content === "string" || content instanceof Uint8Array ? [content] : content) {
        const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
        await created.file.writeFile(bytes); // goes on where the last one ended
        size += bytes.length;
        if (beforeNaming) hash.update(bytes);
      }
      await created.file.sync();
      await beforeNaming?.({ size, sha256: hash.digest("hex") });
      await rename(temporary, path);
    } finally {
      await created.file.close();
    }
    await syncFolder(folder);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    if (!(error instanceof Error && "syscall" in error)) throw error; // of what makes the pieces
    throw writeFailed(path, error);
  }
}

export function writeFailed(path: string, cause: unknown): AcinusError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AcinusError("ACINUS_WRITE_FAILED", `Cannot write ${path}: ${reason}.`, {
    file: path,
    fix: "Check that the disk has room and the folder may be written to.",
    cause,
  });
}

/** Whether this is the name of an unfinished file. @param isTarget which files it would have become. */
export function isLeftover(name: string, isTarget: (name: string) => boolean): boolean {
  const target = /^\.(.+?)\.(?:[0-9a-f]{16}|\d+\.\w+)\.tmp$/s.exec(name)?.[1]; // the second: of earlier versions
  return target !== undefined && isTarget(target);
}

/**
 * Removes the unfinished files that killed processes left in a folder, of this writer and of the native one (core/io/atomic_file.cpp).
 * The lock of an unfinished file tells whether its writer lives; a process number would not, because it is given out again. Where there are
 * no locks they stay: they are in nobody's way.
 * @param isTarget which files they would have become.
 */
export async function sweepLeftovers(folder: string, isTarget: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isLeftover(name, isTarget)) continue;
    const path = join(folder, name);
    const file = await openRegular(path, constants.O_RDWR).catch(() => undefined);
    if (!file) continue;
    try {
      if (tryLockFile(file.fd)) await rm(path, { force: true }).catch(() => undefined);
    } finally {
      await file.close();
    }
  }
}

const longestName = 255; // of a file, in bytes, on every common file system

/** The name as native/core/io/atomic_file.cpp makes it. */
function temporaryName(name: string): string {
  const ending = `.${randomBytes(8).toString("hex")}.tmp`;
  const whole = Buffer.from(`.${name}`);
  const cut = whole.subarray(0, longestName - ending.length).toString();
  return `${whole.length + ending.length > longestName ? cut.replace(/\uFFFD+$/, "") : whole}${ending}`;
}

/** A new file with a name that does not come again, and with its lock, which says that its writer lives. */
async function createTemporary(path: string): Promise<{ path: string; file: FileHandle }> {
  for (;;) {
    const temporary = join(dirname(path), temporaryName(basename(path)));
    const file = await open(temporary, "wx").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return undefined;
      throw error;
    });
    if (!file) continue;
    if (tryLockFile(file.fd) !== false && (await file.stat()).nlink > 0) return { path: temporary, file };
    await file.close(); // somebody who sweeps took it for a leftover before it was locked
  }
}

/** Without it a rename may be lost in a power cut. Some systems cannot open folders: there it is left out. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // not supported here
  } finally {
    await handle?.close();
  }
}
