/**
 * One set-up at a time. Plain JavaScript, because bin/bootstrap.mjs needs it before there are packages or a compiled lib.
 *
 * A lock is a folder (making one is atomic everywhere) with its owner's process in it. It is taken over when that process is gone, so
 * that a killed set-up blocks nobody.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const BEAT_MS = 1_000;
/** A lock without owner is between mkdir and writeFile, or its owner died there. */
const OWNERLESS_MS = 5_000;
/** No sign of life from an owner on another machine. */
const REMOTE_MS = 60_000;
/** The owner's process number lives, but nothing beats, and the system does not tell when that process began. */
const REUSED_MS = 600_000;

/**
 * Runs `body` while holding the lock at `path`; waits for another holder first.
 * @template T
 * @param {string} path folder that stands for the lock
 * @param {() => Promise<T> | T} body
 * @param {(owner: string) => void} [onWait] called once, when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, body, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  let waited = false;
  const token = randomUUID();
  while (!take(path, token)) {
    if (isStale(path)) {
      takeOver(path);
      continue;
    }
    if (!waited) onWait(owner(path)?.pid ? `process ${owner(path)?.pid}` : "another process");
    waited = true;
    await pause(200);
  }
  // After a long suspension it may be another's.
  const isOurs = () => owner(path)?.token === token;
  const beat = setInterval(() => isOurs() && touch(path), BEAT_MS);
  beat.unref();
  const release = () => {
    if (isOurs()) rmSync(path, { recursive: true, force: true });
  };
  process.on("exit", release);
  try {
    return await body();
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

/**
 * @param {string} path
 * @param {string} token
 */
function take(path, token) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(
    join(path, "owner.json"),
    JSON.stringify({ token, pid: process.pid, host: hostname(), began: beganAt(process.pid) }),
  );
  return true;
}

/**
 * @param {string} path
 * @returns {{ pid: number, host: string, began?: string, token?: string } | undefined}
 */
function owner(path) {
  try {
    return JSON.parse(readFileSync(join(path, "owner.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function isStale(path) {
  const silence = Date.now() - lastBeat(path);
  const holder = owner(path);
  if (!holder) return silence > OWNERLESS_MS;
  if (holder.host !== hostname()) return silence > REMOTE_MS;
  // Two beats of silence as well: a container shares the host's name and folder, but not its process numbers.
  const began = beganAt(holder.pid);
  const gone = !isAlive(holder.pid) || (holder.began !== undefined && began !== undefined && holder.began !== began);
  return silence > (gone ? 2 * BEAT_MS : REUSED_MS);
}

/**
 * Only one of several waiters may remove a stale lock, or the second would remove the first one's fresh lock.
 * @param {string} path
 */
function takeOver(path) {
  const guard = `${path}.takeover`;
  if (!take(guard, randomUUID())) {
    if (Date.now() - lastBeat(guard) > OWNERLESS_MS) rmSync(guard, { recursive: true, force: true });
    return;
  }
  if (isStale(path)) rmSync(path, { recursive: true, force: true });
  rmSync(guard, { recursive: true, force: true });
}

/** @param {string} path */
function lastBeat(path) {
  for (const file of [join(path, "owner.json"), path]) {
    try {
      return statSync(file).mtimeMs;
    } catch {
      // not written yet, or released in this moment
    }
  }
  return Date.now();
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(join(path, "owner.json"), new Date(), new Date());
  } catch {
    // taken over in this moment
  }
}

/**
 * When a process began: boot and clock ticks since then. A process number comes again, in a container at every start; with this it does not.
 * Undefined where the system does not tell.
 * @param {number} pid
 */
function beganAt(pid) {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Field 22 of proc(5); the second one, the program's name, may hold blanks and parentheses.
    const ticks = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19];
    return `${boot} ${ticks}`;
  } catch {
    return undefined;
  }
}

/**
 * Whether a process of that number runs on this machine, ours or not.
 * @param {number} pid
 */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
