import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "./atomic-file.js";
import type { Evaluation } from "./evaluator.js";

/** What was evaluated, on what. */
export interface SummarySubject {
  /** The data set's folder. */
  readonly data: string;
  /** The weights' file. */
  readonly weights: string;
}

/** Writes `validation/summary.json` into a run folder and returns its path. Undefined scores are null in it. */
export async function writeSummary(runFolder: string, subject: SummarySubject, evaluation: Evaluation): Promise<string> {
  await mkdir(join(runFolder, "validation"), { recursive: true });
  const path = join(runFolder, "validation", "summary.json");
  await writeFileAtomic(path, `${JSON.stringify({ ...subject, ...evaluation }, null, 1)}\n`);
  return path;
}
