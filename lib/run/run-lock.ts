import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  readFileSync,
  readSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { native } from "../addon/load.js";
import { AcinusError } from "../errors.js";
import { writeFailed } from "../system/atomic-file.js";
import { makeFolder } from "../system/make-folder.js";
import { openRegularSync } from "../system/regular-file.js";

/** In a run folder while somebody trains into it. */
export const runLockName = ".acinus.lock";

/** Who trains into a run folder. */
export interface RunHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Of the running kernel: two processes with one boot see each other's locks. Null where the system tells none. */
  readonly boot: string | null;
  /** Does not come again, as a process number does. */
  readonly token: string;
}

const ownTokens = new Set<string>();

/** A holder that this kernel does not know shows that it lives by touching the file. */
const beatMs = 5_000;
const silenceMs = 4 * beatMs;

/**
 * The right to write into a run folder, for one at a time over all processes and within one. The operating system's lock of the file decides,
 * which ends with its holder. A lock of another machine may be invisible here: such a holder is watched for a sign of life.
 */
export class RunLock {
  readonly #path: string;
  readonly #file: number;
  readonly #made: string | undefined;
  readonly #beat: NodeJS.Timeout;

  private constructor(path: string, file: number, made: string | undefined) {
    this.#path = path;
    this.#file = file;
    this.#made = made;
    this.#beat = setInterval(() => quietly(() => futimesSync(file, new Date(), new Date())), beatMs).unref();
  }

  /**
   * Makes the folder where it is missing.
   * @param silence how long a holder on another machine must be still before it counts as gone, ms.
   * @throws AcinusError ACINUS_RUN_LOCKED with the holder as `value`; ACINUS_WRITE_FAILED
   */
  static async take(folder: string, silence = silenceMs): Promise<RunLock> {
    const path = join(folder, runLockName);
    let made: string | undefined;
    try {
      made = makeFolder(folder);
      for (;;) {
        const file = openRegularSync(path, constants.O_RDWR | constants.O_CREAT);
        try {
          if (await isTaken(file, path, folder, silence)) return RunLock.#hold(path, file, made);
        } catch (error) {
          closeSync(file);
          throw error;
        }
        closeSync(file); // its holder has just removed it
      }
    } catch (error) {
      if (made) removeEmpty(folder, made);
      throw error instanceof AcinusError ? error : writeFailed(path, error);
    }
  }

  static #hold(path: string, file: number, made: string | undefined): RunLock {
    const holder: RunHolder = {
      ...{ pid: process.pid, host: hostname(), since: new Date().toISOString() },
      ...{ boot: bootId(), token: randomUUID() },
    };
    ownTokens.add(holder.token);
    ftruncateSync(file, 0);
    writeSync(file, `${JSON.stringify(holder)}\n`, 0);
    return new RunLock(path, file, made);
  }

  /** Gives the folder back; one that was made for the lock and is still empty goes with it. */
  release(): void {
    clearInterval(this.#beat);
    quietly(() => rmSync(this.#path, { force: true }));
    quietly(() => closeSync(this.#file));
    if (this.#made) removeEmpty(dirname(this.#path), this.#made);
  }
}

/** Whether the lock of the open file was taken; false when the path has come to mean another file. */
async function isTaken(file: number, path: string, folder: string, silence: number): Promise<boolean> {
  const locked = native().lockFile(file);
  if (locked === false) throw lockedBy(folder, await holderOf(file));
  const [own, there] = [fstatSync(file), statSync(path, { throwIfNoEntry: false })];
  if (own.ino !== there?.ino || own.dev !== there.dev) return false;
  const before = await holderOf(file, 1);
  // The kernel that lets us in would know of a living holder of its own.
  if (!before || (locked && before.boot !== null && before.boot === bootId())) return true;
  if (Date.now() - own.mtimeMs > 100 * silence) return true;
  const first = lookAgain(path);
  for (const end = Date.now() + silence; Date.now() < end; ) {
    await pause(Math.min(1_000, silence / 10));
    const now = lookAgain(path);
    if (!first || !now) return false;
    if (now.mtimeMs !== first.mtimeMs || now.text !== first.text) throw lockedBy(folder, before);
  }
  return true;
}

/** Opened anew, because a network file system may answer from what it remembers of an open file. */
function lookAgain(path: string): { mtimeMs: number; text: string } | undefined {
  let file: number | undefined;
  try {
    file = openRegularSync(path, constants.O_RDONLY);
    return { mtimeMs: fstatSync(file).mtimeMs, text: readFileSync(file, "utf8") };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Who wrote itself into the file; a holder of this moment may not have come to it yet. */
async function holderOf(file: number, tries = 20): Promise<RunHolder | undefined> {
  for (let left = tries; ; ) {
    const bytes = Buffer.alloc(4096);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    try {
      return JSON.parse(bytes.subarray(0, length).toString()) as RunHolder;
    } catch {
      if (--left <= 0) return undefined;
      await pause(10);
    }
  }
}

function lockedBy(folder: string, holder: RunHolder | undefined): AcinusError {
  const who = holder
    ? `process ${holder.pid} on ${holder.host}${ownTokens.has(holder.token) ? " (this one)" : ""}, since ${holder.since}`
    : "another process";
  return new AcinusError("ACINUS_RUN_LOCKED", `${folder} is being trained into by ${who}.`, {
    file: join(folder, runLockName),
    value: holder,
    fix: "Wait for its end or stop it, or choose another folder.",
  });
}

function bootId(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

/** Removes folders that are empty, from `folder` up to `last`. */
function removeEmpty(folder: string, last: string): void {
  for (let at = resolve(folder); at.length >= resolve(last).length; at = dirname(at)) {
    if (!quietly(() => rmdirSync(at))) return;
  }
}

function quietly(body: () => void): boolean {
  try {
    body();
    return true;
  } catch {
    return false;
  }
}
