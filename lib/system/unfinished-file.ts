import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AcinusError } from "../errors.js";
import { tryLockFile } from "./file-lock.js";
import { makeFolder } from "./make-folder.js";
import { digestOf } from "./regular-file.js";

/** What was written, told before the file gets its name. */
export interface WrittenContent {
  readonly size: number;
  readonly sha256: string;
}

/** A file that is written piece by piece and gets its name when it is whole. Every error on the way is ACINUS_WRITE_FAILED, naming the file. */
export class UnfinishedFile {
  readonly #hash = createHash("sha256");
  #size = 0;
  #rewritten = false;
  #open = true;

  private constructor(
    readonly path: string,
    readonly temporary: string,
    readonly file: FileHandle,
  ) {}

  /** Beside the target; missing folders are made. */
  static begin(path: string): Promise<UnfinishedFile> {
    return failing(path, async () => {
      makeFolder(dirname(path));
      const created = await createTemporary(path);
      return new UnfinishedFile(path, created.path, created.file);
    });
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** At the end. */
  write(bytes: Uint8Array): Promise<void> {
    return failing(this.path, async () => {
      await this.file.writeFile(bytes); // goes on where the last one ended
      this.#size += bytes.length;
      this.#hash.update(bytes);
    });
  }

  /** Over bytes that were written before. */
  rewrite(bytes: Uint8Array, position: number): Promise<void> {
    return failing(this.path, async () => {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
      this.#rewritten = true;
    });
  }

  /** @param beforeNaming runs when the content is on disk and before it gets its name. */
  finish(beforeNaming?: (written: WrittenContent) => Promise<void>): Promise<void> {
    return failing(this.path, async () => {
      await this.file.sync();
      const written = this.#rewritten ? await digestOf(this.temporary) : { size: this.#size, sha256: this.#hash.digest("hex") };
      await beforeNaming?.(written);
      await rename(this.temporary, this.path);
      await this.#close();
      await syncFolder(dirname(this.path));
    });
  }

  /** Leaves nothing behind; after `finish` it does nothing. */
  async discard(): Promise<void> {
    if (!this.#open) return;
    await rm(this.temporary, { force: true }).catch(() => undefined);
    await this.#close().catch(() => undefined);
  }

  async #close(): Promise<void> {
    this.#open = false;
    await this.file.close();
  }
}

async function failing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error; // of what is run before the file gets its name
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
