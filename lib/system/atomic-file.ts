import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AcinusError } from "../errors.js";

/**
 * Writes a whole file or none: beside the target, synced, renamed. Missing folders are made. Who reads `path` meanwhile sees the old file or the
 * new one, never a half. Pieces are written as they come, so that all of them need not be in memory.
 * @throws AcinusError ACINUS_WRITE_FAILED, naming the file and the reason.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, "wx");
    try {
      for (const piece of typeof content === "string" || content instanceof Uint8Array ? [content] : content) {
        await file.writeFile(piece); // goes on where the last one ended
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (!(error instanceof Error && "syscall" in error)) throw error; // of what makes the pieces
    throw new AcinusError("ACINUS_WRITE_FAILED", `Cannot write ${path}: ${error.message}.`, {
      file: path,
      fix: "Check that the disk has room and the folder may be written to.",
      cause: error,
    });
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
