import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AcinusError } from "../errors.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { withLock } from "../system/lock.mjs";
import { makeFolder } from "../system/make-folder.js";
import { cacheFolder } from "../system/paths.js";
import type { RemoteFile } from "./client.js";
import type { HubReference } from "./reference.js";

/**
 * Files of the hub on disk, in the folder `hub` of acinus' cache. Contents are stored by their etag, so that a branch that moves never mixes
 * old and new. A small file for each revision and name records which contents it had when it was last checked.
 */
export class HubCache {
  readonly #folder: string;

  constructor(repository: string) {
    this.#folder = join(cacheFolder(), "hub", repository.replace("/", "--"));
  }

  /** The file that was fetched for this name before, whole; undefined when there is none. */
  async find({ revision, file }: Required<HubReference>): Promise<{ path: string; etag: string } | undefined> {
    const note = await readNote(this.#note(revision, file));
    if (typeof note?.etag !== "string") return undefined;
    const path = this.#contents(note.etag, file);
    return existsSync(path) ? { path, etag: note.etag } : undefined;
  }

  /** The file that a reference without one stood for before. */
  async findName(revision: string): Promise<string | undefined> {
    const note = await readNote(this.#note(revision, "default"));
    return typeof note?.file === "string" ? note.file : undefined;
  }

  async rememberName(revision: string, file: string): Promise<void> {
    await writeFileAtomic(this.#note(revision, "default"), JSON.stringify({ file }));
  }

  /** Fetches what is missing of a file, checks it and puts it in place. Several processes at once fetch it once. */
  async fetch(reference: Required<HubReference>, remote: RemoteFile, onProgress: (bytes: number) => void): Promise<string> {
    const path = this.#contents(remote.etag, reference.file);
    await withLock(`${dirname(path)}.lock`, async () => {
      if (existsSync(path)) return;
      makeFolder(dirname(path));
      const incomplete = `${path}.incomplete`;
      await download(remote, incomplete, onProgress);
      await rename(incomplete, path);
    });
    const note = JSON.stringify({ etag: remote.etag, size: remote.size });
    await writeFileAtomic(this.#note(reference.revision, reference.file), note);
    return path;
  }

  #contents(etag: string, file: string): string {
    return join(this.#folder, "contents", etag.replace(/[^\w-]/g, "_"), basename(file));
  }

  #note(revision: string, file: string): string {
    return join(this.#folder, "revisions", revision, `${file.replaceAll("/", "--")}.json`);
  }
}

async function download(remote: RemoteFile, incomplete: string, onProgress: (bytes: number) => void): Promise<void> {
  const file = await open(incomplete, "a+");
  try {
    let { size } = await file.stat();
    if (size > remote.size) {
      await file.truncate(0);
      size = 0;
    }
    onProgress(size);
    // After a broken connection the download continues, as long as each connection brings some bytes.
    for (let failure: unknown; size < remote.size; ) {
      const before = size;
      try {
        for await (const chunk of await remote.read(size)) {
          size += chunk.length;
          if (size > remote.size) throw new Error("the hub sent more than it announced");
          await file.appendFile(chunk);
          onProgress(size);
        }
        failure = undefined;
      } catch (error) {
        failure = error;
      }
      if (size > remote.size || size === before) {
        if (size > remote.size) await file.truncate(0);
        throw failure instanceof AcinusError ? failure : broken(incomplete, failure);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (await matches(incomplete, remote.etag)) return;
  await rm(incomplete, { force: true });
  throw broken(incomplete, new Error("its checksum is not the announced one"));
}

function broken(path: string, cause: unknown): AcinusError {
  const reason = cause instanceof Error ? cause.message : cause === undefined ? "nothing came" : String(cause);
  const name = basename(path, ".incomplete");
  const fix = "Try again: it goes on where it stopped.";
  return new AcinusError("ACINUS_DOWNLOAD", `The download of ${name} broke off: ${reason}.`, { file: path, fix, cause });
}

/** An etag of the hub is the SHA-256 of a large file, or git's name of a small one. Another etag can tell nothing. */
async function matches(path: string, etag: string): Promise<boolean> {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag)) return true;
  const hash = createHash(etag.length === 64 ? "sha256" : "sha1");
  if (etag.length === 40) hash.update(`blob ${(await stat(path)).size}\0`);
  const file: FileHandle = await open(path);
  try {
    for await (const chunk of file.readableWebStream()) hash.update(new Uint8Array(chunk as ArrayBuffer));
  } finally {
    await file.close();
  }
  return hash.digest("hex") === etag;
}

async function readNote(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
