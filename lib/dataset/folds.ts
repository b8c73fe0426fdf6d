/** Cross-validation: parts of a set, each of which is the validation once. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseConfig } from "../config/parse.js";
import { ConfigError, DataError } from "../errors.js";
import { check } from "../system/arguments.js";
import { Random } from "../system/random.js";
import { type SplitInput, unitsOf } from "./split.js";

export interface FoldOptions {
  /** Default 0. The same seed gives the same folds of the same images. */
  seed?: number;
}

/**
 * The images of each of `k` parts, ascending. Groups, and images of equal content, are in one part; images with and without cells have like shares
 * in all.
 * @throws ConfigError ACINUS_CONFIG; DataError ACINUS_EMPTY_SET where there are fewer groups than parts.
 */
export function foldIndices(items: readonly SplitInput[], k: number, { seed = 0 }: FoldOptions): number[][] {
  check(Number.isSafeInteger(k) && k >= 2, k, "k", "a whole number of at least 2");
  check(Number.isSafeInteger(seed), seed, "options.seed", "a whole number");
  const units = new Random(seed).shuffle(unitsOf(items)).sort((a, b) => b.members.length - a.members.length);
  if (units.length < k) {
    const message = `${items.length} images in ${units.length} groups cannot be divided into ${k} folds.`;
    throw new DataError("ACINUS_EMPTY_SET", message, { value: units.length, fix: "Use fewer folds, or a finer group." });
  }
  const folds = Array.from({ length: k }, () => ({ members: [] as number[], counts: [0, 0] as [number, number] }));
  const totals = units.reduce<[number, number]>(
    ([without, cells], { counts }) => [without + counts[0], cells + counts[1]],
    [0, 0],
  );
  // Each unit, the largest first, goes where it is missed most; the last ones fill folds that would stay empty.
  units.forEach((unit, i) => {
    const empty = folds.filter(({ members }) => members.length === 0);
    const open = units.length - i <= empty.length ? empty : folds;
    const excess = ({ counts }: (typeof folds)[number]) =>
      counts.reduce((sum, count, kind) => {
        const wanted = (totals[kind] as number) / k;
        return wanted === 0
          ? sum
          : sum + ((count + (unit.counts[kind] as number) - wanted) ** 2 - (count - wanted) ** 2) / wanted;
      }, 0);
    const best = open.reduce((a, b) => (excess(b) < excess(a) ? b : a));
    best.members.push(...unit.members);
    best.counts = [best.counts[0] + unit.counts[0], best.counts[1] + unit.counts[1]];
  });
  return folds.map(({ members }) => members.sort((a, b) => a - b));
}

const storedSchema = z.strictObject({
  madeBy: z.literal("acinus"),
  seed: z.int(),
  /** Of each fold its images, by their content, with their names for people. */
  folds: z.array(z.array(z.strictObject({ image: z.string(), content: z.string() }))).min(2),
});

/** What a file of folds holds. */
export function foldsText(folds: readonly (readonly { image: string; content: string }[])[], seed: number): string {
  return `${JSON.stringify({ madeBy: "acinus", seed, folds }, null, 1)}\n`;
}

/** The folds of a file, by the content of this set's images. @throws DataError where an image is in none, or the file has others. */
export async function readFolds(path: string, contents: readonly string[]): Promise<{ folds: number[][]; seed: number }> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new DataError("ACINUS_FILE_NOT_FOUND", `${path} cannot be read (${cause.code}).`, { file: path, cause });
  });
  const { folds, seed } = parseConfig(storedSchema, parsed(path, text), path);
  const places = new Map<string, number[]>();
  contents.forEach((content, i) => void places.set(content, [...(places.get(content) ?? []), i]));
  const found = folds.map((fold) =>
    fold.map(({ image, content }) => {
      const index = places.get(content)?.shift();
      if (index !== undefined) return index;
      throw changed(path, `${image} of its folds is not in this data set, or has changed`);
    }),
  );
  const left = [...places.values()].flat().length;
  if (left > 0) throw changed(path, `${left} images of this data set are in none of its folds`);
  return { folds: found.map((fold) => fold.sort((a, b) => a - b)), seed };
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError("ACINUS_CONFIG", `${path} is no file of folds: it is not JSON.`, { file: path, cause });
  }
}

function changed(path: string, what: string): DataError {
  return new DataError("ACINUS_DATA_CHANGED", `${path}: ${what}.`, {
    file: path,
    fix: "Use the data that the folds were made of, or make new folds.",
  });
}
