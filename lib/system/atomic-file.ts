import { constants } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { tryLockFile } from "./file-lock.js";
import { openRegular } from "./regular-file.js";
import { UnfinishedFile, type WrittenContent } from "./unfinished-file.js";

export { type WrittenContent, writeFailed } from "./unfinished-file.js";

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
  const file = await UnfinishedFile.begin(path);
  try {
    for (const piece of typeof content === "string" || content instanceof Uint8Array ? [content] : content) {
      await file.write(typeof piece === "string" ? Buffer.from(piece) : piece);
    }
    await file.finish(beforeNaming);
  } catch (error) {
    await file.discard();
    throw error;
  }
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
