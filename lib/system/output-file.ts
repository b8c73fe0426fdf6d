import { constants, type Stats } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { AcinusError } from "../errors.js";
import { sweepLeftovers, writeFileAtomic } from "./atomic-file.js";
import { digestOf, entryAt } from "./regular-file.js";
import { UnfinishedFile, type WrittenContent, writeFailed } from "./unfinished-file.js";
import { WrittenRecord } from "./written-record.js";

/** What may be replaced by a result, beside what acinus wrote under this name before. */
export interface ReplaceOptions {
  /** Replace a file that acinus did not write, or that was changed since. Never a folder, a link, or what the result is made from. Default false. */
  force?: boolean;
}

export interface OutputOptions extends ReplaceOptions {
  /** What to do about a file that is in the way. */
  readonly fix?: string;
  /** Files that the result is made from: never replaced. */
  readonly inputs?: readonly string[];
  /** Of a prediction: its image, relative to the folder of the result. */
  readonly from?: string;
  /** Tells a file of ours by its content, where no record does. */
  readonly recognise?: (path: string) => Promise<boolean>;
}

/**
 * Makes sure, before long work, that a result may be put at `path`: nothing is there, or a file that acinus wrote and nobody changed since.
 * @throws AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED
 */
export async function requireWritable(path: string, options: OutputOptions = {}): Promise<void> {
  const entry = await existing(path);
  if (!entry) return;
  if (entry.isDirectory()) {
    const fix = "Choose another name.";
    throw new AcinusError("ACINUS_WRITE_FAILED", `Cannot write ${path}: it is a folder.`, { file: path, fix });
  }
  if (!entry.isFile()) {
    const what = entry.isSymbolicLink() ? "a symbolic link" : "no regular file";
    throw inTheWay(path, `${path} is ${what}, which is not replaced.`, "Choose another name, or remove it first.");
  }
  for (const input of options.inputs ?? []) {
    if (!(await isSameFile(entry, input))) continue;
    throw inTheWay(path, `${path} is what the result would be made from.`, "Choose another name for the result.");
  }
  if ((entry.mode & 0o222) === 0) {
    throw inTheWay(path, `${path} is write-protected.`, "Choose another name, or take the protection away.");
  }
  if (options.force) return;
  const record = await WrittenRecord.of(dirname(path));
  if ((await record.isOurs(basename(path))) || (await options.recognise?.(path))) return;
  const message = `${path} is there already, and it is not as acinus wrote it: it is yours, or was changed.`;
  throw inTheWay(path, message, options.fix ?? "Choose another name, move that file away, or replace it with force.");
}

/** Makes sure, before long work, that results may be put into a folder, which may still have to be made. @throws AcinusError ACINUS_WRITE_FAILED */
export async function requireFolder(path: string): Promise<void> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const entry = await stat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && dirname(at) !== at) return undefined;
      throw writeFailed(path, error);
    });
    if (!entry) continue;
    if (!entry.isDirectory()) throw writeFailed(path, new Error(`${at} is no folder`));
    return access(at, constants.W_OK).catch((error) => Promise.reject(writeFailed(path, error)));
  }
}

/** Writes a result, whole or not at all. Missing folders are made. @throws AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED */
export async function writeOutput(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  options: OutputOptions = {},
): Promise<void> {
  await requireWritable(path, options);
  await writeFileAtomic(path, content, (written) => record(path, written, options));
}

async function record(path: string, written: WrittenContent, { from }: OutputOptions): Promise<void> {
  const line = { name: basename(path), ...written, ...(from === undefined ? {} : { from }) };
  await (await WrittenRecord.of(dirname(path))).add([line]);
}

/** A result that is written piece by piece. `finish` gives it its name; until then nothing is at its place. */
export interface OutputStream {
  readonly path: string;
  readonly file: UnfinishedFile;
  finish(): Promise<void>;
  /** Leaves nothing behind; after `finish` it does nothing. */
  discard(): Promise<void>;
}

/** As `writeOutput`, for content that is not there at once. @throws AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED */
export async function beginOutput(path: string, options: OutputOptions = {}): Promise<OutputStream> {
  await requireWritable(path, options);
  const file = await UnfinishedFile.begin(path);
  return {
    ...{ path, file },
    finish: async () => {
      await requireWritable(path, options); // work may have taken hours
      await file.finish((written) => record(path, written, options));
    },
    discard: () => file.discard(),
  };
}

/** As `writeOutput`, for what the native side writes into a folder that is there: `write` puts whole files or none at all of `paths`. */
export async function writeOutputs(
  paths: readonly string[],
  options: OutputOptions,
  write: () => Promise<void>,
): Promise<void> {
  for (const path of paths) await requireWritable(path, options);
  for (const path of paths) {
    await sweepLeftovers(dirname(path), (target) => target === basename(path));
  }
  await write();
  for (const path of paths) {
    await (await WrittenRecord.of(dirname(path))).add([{ name: basename(path), ...(await digestOf(path)) }]);
  }
}

/** Device and number of a file, the same through every path that leads to it; undefined for none. */
export async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}

async function existing(path: string): Promise<Stats | undefined> {
  try {
    return await entryAt(path);
  } catch (error) {
    throw writeFailed(path, error);
  }
}

async function isSameFile(entry: Stats, path: string): Promise<boolean> {
  const other = await stat(path).catch(() => undefined);
  return other !== undefined && other.dev === entry.dev && other.ino === entry.ino;
}

function inTheWay(path: string, message: string, fix: string): AcinusError {
  return new AcinusError("ACINUS_FILE_EXISTS", message, { file: path, fix });
}
