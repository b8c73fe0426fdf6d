/** The only reader of metrics.jsonl. */
import { readFileSync } from "node:fs";
import type { TrainEvent } from "../addon/contract.js";

/** Every whole line of a log and the event on it. A line that a crash cut off is left out. */
export function parseLog(text: string): { line: string; event: TrainEvent }[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [{ line, event: JSON.parse(line, withTodaysName) as TrainEvent }];
    } catch {
      return [];
    }
  });
}

/** The events of a run's log so far, in order; none while there is no log. */
export function readLog(path: string): TrainEvent[] {
  try {
    return parseLog(readFileSync(path, "utf8")).map(({ event }) => event);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Logs of earlier versions call the mean of each image's Dice `dice`. */
function withTodaysName(key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("dice" in value)) return value;
  const { dice, ...scores } = value as Record<string, unknown>;
  // `terms` of a loss have a Dice term.
  return key === "validation" || key === "ema" || scores.type === "validation" ? { dicePerImage: dice, ...scores } : value;
}
