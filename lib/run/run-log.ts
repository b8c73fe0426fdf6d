import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { RunPosition, TrainEvent } from "../addon/contract.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { runFiles } from "./files.js";
import { parseLog } from "./read-log.js";
import type { RunFolder } from "./run-folder.js";

/**
 * Makes metrics.jsonl what it was at `position`: a run that goes on from its checkpoint does the steps after it again. So the log of a run
 * that was killed and resumed is, line by line, that of a run never stopped, but for the times in it (`time`, `seconds`).
 */
export async function rewindLog(folder: RunFolder, position: RunPosition): Promise<void> {
  const path = folder.file(runFiles.metrics);
  if (!existsSync(path)) return;
  const before = await readFile(path, "utf8");
  const after = rewound(before, position, folder);
  if (after !== before) await writeFileAtomic(path, after);
}

/** The lines of a log that were written before `position`; what is no whole line of JSON was cut off by a crash. */
export function rewound(log: string, position: RunPosition, folder: Pick<RunFolder, "checkpoint">): string {
  const kept: string[] = [];
  let epoch: Extract<TrainEvent, { type: "epoch" }> | undefined; // the last event, checkpoints aside
  const told = new Set<string>(); // kinds of checkpoints since then
  for (const { line, event } of parseLog(log)) {
    if (!isBefore(event, position, epoch !== undefined)) continue;
    if (event.type === "checkpoint") {
      if (told.has(event.kind)) continue; // of a stop right after the epoch's own
      if (event.kind !== "named") told.add(event.kind);
    } else {
      epoch = event.type === "epoch" ? event : undefined;
      told.clear();
    }
    kept.push(line);
  }
  // Killed between the checkpoint and the lines that tell of it: these follow from the epoch's own line.
  if (epoch && position.epoch === epoch.epoch + 1 && position.batch === 0) {
    for (const kind of epoch.best ? (["best", "last"] as const) : (["last"] as const)) {
      const path = folder.checkpoint(kind);
      const event = { type: "checkpoint", epoch: kind === "best" ? epoch.epoch : position.epoch, path, kind };
      if (!told.has(kind)) kept.push(JSON.stringify(event));
    }
  }
  return kept.map((line) => `${line}\n`).join("");
}

function isBefore(event: TrainEvent, position: RunPosition, afterEpoch: boolean): boolean {
  switch (event.type) {
    case "start":
      return position.step > 0;
    case "step":
    case "skippedStep":
      return event.step < position.step;
    case "end":
      return false;
    case "checkpoint":
      // A stop writes checkpoint-last as well, in the middle of an epoch; a run never stopped does not.
      return event.kind === "last" ? afterEpoch && event.epoch <= position.epoch : event.epoch < position.epoch;
    default:
      return event.epoch < position.epoch;
  }
}
