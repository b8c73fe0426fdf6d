/** The names of what a run folder holds. Nothing else in the program spells them. */
import { join } from "node:path";

export const runFiles = {
  /** The resolved configuration, with versions and device. */
  config: "config.json",
  /** Which images were used for what. */
  splits: "splits.json",
  /** One event of the training a line. */
  metrics: "metrics.jsonl",
  /** One line for each time that the run was started or continued. */
  sessions: "sessions.jsonl",
  /** Scores of `acinus evaluate`. */
  summary: join("validation", "summary.json"),
} as const;

/** The checkpoint of this name: weights as safetensors. `best` and `last` are written by every run. */
export function checkpointName(name: string): string {
  return `checkpoint-${name}.safetensors`;
}

/** A checkpoint's state for resuming lies beside it under these endings; the second while it is being written (native/core/io/run_checkpoint.h). */
const stateEndings = [".state", ".state.next"];

const files = new Set<string>(Object.values(runFiles).map((path) => path.split(/[/\\]/)[0] as string)).add("report");

/** Whether a name in a run folder is that of a run's own file or subfolder; everything else there belongs to the user. */
export function isRunFile(name: string): boolean {
  const ending = stateEndings.findLast((state) => name.endsWith(state)) ?? "";
  return files.has(name) || isCheckpoint(ending ? name.slice(0, -ending.length) : name);
}

function isCheckpoint(name: string): boolean {
  const [before, after] = checkpointName("\n").split("\n") as [string, string];
  return name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length;
}
