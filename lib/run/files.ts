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
export const stateEndings = [".state", ".state.next"] as const;

/** Whether a name is that of a checkpoint that a loop may have written. */
export function isCheckpointName(name: string): boolean {
  const [before, after] = checkpointName("\n").split("\n") as [string, string];
  const between = name.slice(before.length, -after.length);
  return name.startsWith(before) && name.endsWith(after) && /^[\w.-]+$/.test(between);
}

/** What a summary.json says that it is. */
export const summaryFormat = "acinus-summary-2";
/** That of earlier versions, in which pixel scores stood in groups. */
export const formerSummaryFormat = "acinus-summary-1";

export function isSummary(format: unknown): boolean {
  return format === summaryFormat || format === formerSummaryFormat;
}
