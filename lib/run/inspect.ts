import { closeSync, constants, lstatSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TrainEvent } from "../addon/contract.js";
import { AcinusError } from "../errors.js";
import { isLeftover } from "../system/atomic-file.js";
import { openRegularSync } from "../system/regular-file.js";
import { readSafetensorsMetadata } from "../system/safetensors-header.js";
import { checkpointName, isCheckpointName, isSummary, runFiles, stateEndings } from "./files.js";
import { readLog } from "./read-log.js";
import { runLockName } from "./run-lock.js";

/** What is in a folder that is asked for as a run folder. Paths are relative to it. */
export interface RunFiles {
  /** Files that a run wrote, told by their content: a run's name alone makes no file a run's. */
  readonly own: readonly string[];
  /** What has a name that a run gives, and is something else. */
  readonly foreign: readonly string[];
  /** Everything else that lies there. */
  readonly others: readonly string[];
  /** Whether there is something to continue or to replace; without it, the folder holds at most a run that never began. */
  readonly holdsRun: boolean;
}

type Recognise = (path: string) => boolean;

const checkpoint: Recognise = (path) => typeof readSafetensorsMetadata(path).acinus === "string";
const state: Recognise = (path) => typeof readSafetensorsMetadata(path).weights_checksum === "string";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const events: TrainEvent["type"][] = [
  "start",
  "step",
  "skippedStep",
  "epoch",
  "outlier",
  "rollback",
  "statistics",
  "checkpoint",
  "end",
];
const eventTypes = new Set<unknown>(events);

const recognisers: Readonly<Record<string, Recognise>> = {
  [runFiles.config]: (path) => {
    const config = documentOf(path);
    return typeof config?.acinus === "string" && isObject(config.model) && isObject(config.train) && isObject(config.data);
  },
  [runFiles.splits]: (path) => {
    const splits = documentOf(path);
    return Array.isArray(splits?.train) && Array.isArray(splits.validation);
  },
  [runFiles.metrics]: (path) => isEmpty(path) || eventTypes.has(firstLineOf(path)?.type),
  [runFiles.sessions]: (path) => isEmpty(path) || isObject(firstLineOf(path)?.position),
  [runFiles.summary]: (path) => isSummary(documentOf(path)?.format),
  ...Object.fromEntries(["best", "last"].flatMap((name) => checkpointFiles(checkpointName(name)))),
};

/** Never a run by themselves: a start was interrupted before there was a configuration. */
const preliminary = new Set<string>([runFiles.splits, runFiles.sessions, runFiles.summary]);

/** Looks at the run's own names, and reads the beginnings of those files. */
export function inspectRunFolder(folder: string): RunFiles {
  return inspect(folder, recognisers);
}

/** As `inspectRunFolder`, with the checkpoints that a loop of the user's own named: the log tells which. */
export function inspectWholeRun(folder: string): RunFiles {
  const log = join(folder, runFiles.metrics);
  const events = inspectRunFolder(folder).own.includes(runFiles.metrics) ? readLog(log) : [];
  const named = events.flatMap((event) => {
    const name = event.type === "checkpoint" && event.kind === "named" ? basename(String(event.path)) : "";
    return isCheckpointName(name) ? checkpointFiles(name) : [];
  });
  return inspect(folder, { ...recognisers, ...Object.fromEntries(named) });
}

/** Whether a checkpoint may be written there: nothing is at the path, or a checkpoint. */
export function mayHoldCheckpoint(path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  return !entry || (entry.isFile() && safely(() => checkpoint(path)));
}

function inspect(folder: string, known: Readonly<Record<string, Recognise>>): RunFiles {
  requireFolderOrNothing(folder);
  const own: string[] = [];
  const foreign: string[] = [];
  for (const [name, recognise] of Object.entries(known)) {
    const path = join(folder, name);
    const entry = lstatSync(path, { throwIfNoEntry: false });
    if (!entry || (dirname(name) !== "." && lstatSync(dirname(path)).isSymbolicLink())) continue;
    if (entry.isFile() && safely(() => recognise(path))) own.push(name);
    else if (name !== runFiles.summary) foreign.push(name); // evaluate asks by itself
  }
  const taken = new Set([
    ...own,
    ...foreign,
    runLockName,
    ...(own.includes(runFiles.summary) ? [dirname(runFiles.summary)] : []),
  ]);
  const present = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
  const others = present.filter((name) => !taken.has(name) && !isLeftover(name, (target) => target in known));
  return { own, foreign, others, holdsRun: own.some((name) => !preliminary.has(name)) };
}

/** @throws AcinusError ACINUS_WRITE_FAILED where something else is in the way of the folder. */
function requireFolderOrNothing(folder: string): void {
  const fix = "Choose another folder.";
  let what: string | undefined;
  try {
    const entry = statSync(folder, { throwIfNoEntry: false });
    if (entry && !entry.isDirectory()) what = "it is no folder";
  } catch (error) {
    what = (error as Error).message;
  }
  if (what) throw new AcinusError("ACINUS_WRITE_FAILED", `${folder} cannot hold a run: ${what}.`, { file: folder, fix });
}

function checkpointFiles(name: string): [string, Recognise][] {
  return [[name, checkpoint], ...stateEndings.map((ending): [string, Recognise] => [name + ending, state])];
}

function isEmpty(path: string): boolean {
  return lstatSync(path).size === 0;
}

const longestDocument = 256 * 2 ** 20;
const longestLine = 64 * 2 ** 10;

function documentOf(path: string): Record<string, unknown> | undefined {
  if (lstatSync(path).size > longestDocument) return undefined;
  return parsed(readFileSync(path, "utf8"));
}

function firstLineOf(path: string): Record<string, unknown> | undefined {
  const file = openRegularSync(path, constants.O_RDONLY);
  try {
    const start = Buffer.alloc(longestLine);
    return parsed(start.toString("utf8", 0, readSync(file, start)).split("\n", 1)[0] as string);
  } finally {
    closeSync(file);
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be read is nobody's of ours. */
function safely(body: () => boolean): boolean {
  try {
    return body();
  } catch {
    return false;
  }
}
