import { readFile } from "node:fs/promises";
import { named } from "../addon/scores.js";
import type { Evaluation, ImageEvaluation } from "../evaluate/evaluation.js";
import { formerSummaryFormat, summaryFormat } from "../run/files.js";

/** The evaluation that a summary.json was written of; undefined where there is none, or one of something else. */
export async function savedEvaluation(path: string): Promise<Evaluation | undefined> {
  try {
    const saved = withTodaysNames(withNaN(JSON.parse(await readFile(path, "utf8")))) as Evaluation & { format?: unknown };
    if (saved.format !== summaryFormat || !Array.isArray(saved.perImageScores) || saved.perImageScores.length === 0)
      return undefined;
    const byDice = saved.perImageScores.filter(({ pixel }) => !Number.isNaN(pixel.dice));
    byDice.sort((a: ImageEvaluation, b: ImageEvaluation) => a.pixel.dice - b.pixel.dice || a.index - b.index);
    return { ...saved, worst: byDice.slice(0, 10), outliers: byDice.filter(({ outlier }) => outlier) };
  } catch {
    return undefined;
  }
}

/** A summary of an earlier version has its pixel scores in groups. */
function withTodaysNames(saved: unknown): unknown {
  const { format, undefined: _, undefinedScores, ...former } = saved as Parameters<typeof named>[0] & Record<string, unknown>;
  if (format !== formerSummaryFormat) return saved;
  const { f1: boundaryF1, ...counts } = Object(undefinedScores);
  return { ...named(former), format: summaryFormat, undefinedScores: { ...counts, boundaryF1 } };
}

/** What is not a number is null in JSON; a mask that is null stays so. */
function withNaN(value: unknown, key = ""): unknown {
  if (value === null) return key === "mask" ? null : Number.NaN;
  if (Array.isArray(value)) return value.map((one) => withNaN(one));
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withNaN(one, name)]));
}
