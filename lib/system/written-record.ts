import { constants } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { digestOf, entryAt, openRegular } from "./regular-file.js";
import { type WrittenContent, writeFailed } from "./unfinished-file.js";

/** In every folder that acinus writes results into: a line of JSON for each file that it wrote. */
export const recordName = ".acinus-written.jsonl";

interface Line extends WrittenContent {
  /** Relative to the record's folder, with "/" between folders. */
  readonly name: string;
  /** Of a prediction: the image, relative to the record's folder. */
  readonly from?: string;
}

/**
 * What acinus wrote into a folder. A file is ours as long as its content is one that was written under its name; what somebody changed, and
 * what was there before, is the user's. Lines are only ever added, so that several processes may write into one folder, and each is on disk
 * before its file has its name.
 */
export class WrittenRecord {
  readonly #folder: string;
  #lines = new Map<string, Line[]>();
  #size = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads what is recorded of a folder, which need not exist. */
  static async of(folder: string): Promise<WrittenRecord> {
    const key = await realpath(folder).catch(() => resolve(folder));
    const record = known.get(key) ?? new WrittenRecord(key);
    known.delete(key);
    known.set(key, record);
    if (known.size > 16) known.delete(known.keys().next().value as string);
    await record.#refresh();
    return record;
  }

  /** Names that were written at any time, whatever is there now. */
  get names(): string[] {
    return [...this.#lines.keys()];
  }

  /** The image that a prediction of this name was last made from; undefined for everything else. */
  sourceOf(name: string): string | undefined {
    return this.#lines.get(name)?.at(-1)?.from;
  }

  /** Whether the file of this name is there with content that was written by acinus. */
  async isOurs(name: string): Promise<boolean> {
    const lines = this.#lines.get(name);
    if (!lines) return false;
    const path = join(this.#folder, name);
    const entry = await entryAt(path);
    if (!entry?.isFile() || !lines.some(({ size }) => size === entry.size)) return false;
    const { size, sha256 } = await digestOf(path);
    return lines.some((line) => line.size === size && line.sha256 === sha256);
  }

  /** Adds files, which are about to get their names. @throws AcinusError ACINUS_WRITE_FAILED */
  async add(lines: readonly Line[]): Promise<void> {
    const text = lines
      .filter((line) => !isSame(this.#lines.get(line.name)?.at(-1), line))
      .map(({ name, size, sha256, from }) => `${JSON.stringify({ name, size, sha256, from })}\n`)
      .join("");
    if (text === "") return;
    const path = join(this.#folder, recordName);
    try {
      const file = await openRegular(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
      try {
        await file.writeFile(text);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw writeFailed(path, error);
    }
    this.#size += Buffer.byteLength(text); // read again when another process added lines too
    for (const line of lines) this.#take(line);
  }

  async #refresh(): Promise<void> {
    const path = join(this.#folder, recordName);
    const entry = await entryAt(path).catch(() => undefined);
    if (!entry?.isFile()) {
      this.#lines = new Map();
      this.#size = 0;
      return;
    }
    if (entry.size === this.#size) return;
    const file = await openRegular(path, constants.O_RDONLY);
    try {
      const text = await file.readFile("utf8");
      this.#lines = new Map();
      this.#size = Buffer.byteLength(text);
      for (const line of text.split("\n")) this.#take(parsed(line));
    } finally {
      await file.close();
    }
  }

  #take(line: Line | undefined): void {
    if (!line) return;
    const others = this.#lines.get(line.name)?.filter((other) => !isSame(other, line)) ?? [];
    this.#lines.set(line.name, [...others, line]);
  }
}

/** Records read last: a script that saves thousands of files into one folder reads it once. */
const known = new Map<string, WrittenRecord>();

function isSame(a: Line | undefined, b: Line): boolean {
  return a !== undefined && a.sha256 === b.sha256 && a.size === b.size && a.from === b.from;
}

/** Undefined for what is no line of ours: one that was cut off, or something that somebody wrote into the file. */
function parsed(text: string): Line | undefined {
  try {
    const { name, size, sha256, from } = JSON.parse(text) as Partial<Line>;
    if (typeof name !== "string" || typeof size !== "number" || typeof sha256 !== "string") return undefined;
    if (name.split("/").some((part) => part === "" || part === "." || part === "..")) return undefined;
    return { name, size, sha256, ...(typeof from === "string" ? { from } : {}) };
  } catch {
    return undefined;
  }
}
