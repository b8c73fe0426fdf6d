import { readFile } from "node:fs/promises";
import type { Evaluation, ImageEvaluation } from "../evaluate/evaluation.js";
import { summaryFormat } from "../evaluate/summary.js";

/** The evaluation that a summary.json was written of; undefined where there is none, or one of something else. */
export async function savedEvaluation(path: string): Promise<Evaluation | undefined> {
  try {
    const saved = withNaN(JSON.parse(await readFile(path, "utf8"))) as Evaluation & { format?: unknown };
    if (saved.format !== summaryFormat || !Array.isArray(saved.perImageScores) || saved.perImageScores.length === 0)
      return undefined;
    const byDice = saved.perImageScores.filter(({ pixel }) => !Number.isNaN(pixel.dice));
    byDice.sort((a: ImageEvaluation, b: ImageEvaluation) => a.pixel.dice - b.pixel.dice || a.index - b.index);
    return { ...saved, worst: byDice.slice(0, 10), outliers: byDice.filter(({ outlier }) => outlier) };
  } catch {
    return undefined;
  }
}

/** What is not a number is null in JSON; a mask that is null stays so. */
function withNaN(value: unknown, key = ""): unknown {
  if (value === null) return key === "mask" ? null : Number.NaN;
  if (Array.isArray(value)) return value.map((one) => withNaN(one));
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withNaN(one, name)]));
}
