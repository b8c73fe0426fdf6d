/** Divides a data set into parts whose shares of images with and without cells are alike and between which no group is torn. */

import { ConfigError, DataError } from "../errors.js";
import { check } from "../system/arguments.js";
import { Random } from "../system/random.js";
import { isBlank } from "./leaks.js";

export interface SplitOptions {
  /** Share of the images, between 0 and 1. */
  validation: number;
  /** Share of the images, between 0 and 1. By default there is no test set. */
  test?: number;
  /** Default 0. The same seed gives the same split of the same images. */
  seed?: number;
}

export interface SplitInput {
  /** Images of one group stay together. */
  readonly group: string;
  readonly hasCells: boolean;
  readonly contentHash: string;
}

export type Part = "train" | "validation" | "test";

export interface Unit {
  members: number[];
  /** Images without cells, images with cells. */
  counts: [number, number];
}

/** Indices of each part, ascending. Images of equal content stay together too, whatever their groups. */
export function splitIndices(items: readonly SplitInput[], options: SplitOptions): Record<Part, number[]> {
  const { validation, test = 0, seed = 0 } = options;
  for (const [name, value] of Object.entries({ validation, test, seed })) {
    check(typeof value === "number", value, `options.${name}`, "a number");
  }
  check(Number.isSafeInteger(seed), seed, "options.seed", "a whole number");
  if (!(validation > 0 && validation < 1) || !(test >= 0 && test < 1) || validation + test >= 1) {
    const message = `A split of validation ${validation} and test ${test} leaves no sensible parts.`;
    throw new ConfigError("ACINUS_CONFIG", message, {
      value: { validation, test },
      fix: "Use shares above 0 that sum to less than 1.",
    });
  }
  const shares: [Part, number][] = [
    ["train", 1 - validation - test],
    ["validation", validation],
  ];
  if (test > 0) shares.push(["test", test]);
  const units = new Random(seed).shuffle(unitsOf(items)).sort((a, b) => b.members.length - a.members.length);
  if (units.length < shares.length) {
    throw new DataError(
      "ACINUS_EMPTY_SET",
      `${items.length} images in ${units.length} groups cannot be split into ${shares.length} parts.`,
      {
        value: units.length,
        fix: "Use a finer group or give the validation images as a folder of their own.",
      },
    );
  }
  const total = sum(units.map((unit) => unit.counts));
  const parts = shares.map(([part, share]) => ({
    part,
    units: [] as Unit[],
    wanted: total.map((n) => n * share),
    counts: [0, 0],
  }));
  units.forEach((unit, i) => {
    // The last units are kept for parts that would stay empty (few large groups).
    const empty = parts.filter((part) => part.units.length === 0);
    const open = units.length - i <= empty.length ? empty : parts;
    const best = open.reduce((a, b) => (cost(b, unit) < cost(a, unit) ? b : a));
    best.units.push(unit);
    best.counts = sum([best.counts, unit.counts]);
  });
  const result: Record<Part, number[]> = { train: [], validation: [], test: [] };
  for (const { part, units: own } of parts) result[part] = own.flatMap((unit) => unit.members).sort((a, b) => a - b);
  return result;
}

/** A random part of the images, ascending, with like shares of those with and without cells. */
export function sampleIndices(items: readonly SplitInput[], share: number, seed: number): number[] {
  const random = new Random(seed);
  const chosen = [true, false].flatMap((wanted) => {
    const kind = random.shuffle(items.flatMap(({ hasCells }, i) => (hasCells === wanted ? [i] : [])));
    return kind.slice(0, Math.round(share * kind.length));
  });
  return (chosen.length > 0 ? chosen : [random.below(items.length)]).sort((a, b) => a - b);
}

/** How much further from its wanted counts a part would be with the unit: squared distance, relative to what is wanted. */
function cost(part: { wanted: number[]; counts: number[] }, unit: Unit): number {
  return unit.counts.reduce((total, n, i) => {
    const [wanted, have] = [part.wanted[i] as number, part.counts[i] as number];
    return wanted === 0 ? total : total + ((have + n - wanted) ** 2 - (have - wanted) ** 2) / wanted;
  }, 0);
}

function sum(counts: readonly (readonly number[])[]): [number, number] {
  return counts.reduce<[number, number]>((a, b) => [a[0] + (b[0] ?? 0), a[1] + (b[1] ?? 0)], [0, 0]);
}

/** Joins images that share a group or their content (union–find). */
export function unitsOf(items: readonly SplitInput[]): Unit[] {
  const parent = items.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] as number;
    parent[i] = at;
    return at;
  };
  const first = new Map<string, number>();
  items.forEach((item, i) => {
    const content = isBlank(item.contentHash) ? [] : [`content ${item.contentHash}`];
    for (const key of [`group ${item.group}`, ...content]) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else parent[root(i)] = root(other);
    }
  });
  const units = new Map<number, Unit>();
  items.forEach((item, i) => {
    const key = root(i);
    const unit = units.get(key) ?? { members: [], counts: [0, 0] };
    units.set(key, unit);
    unit.members.push(i);
    unit.counts[item.hasCells ? 1 : 0]++;
  });
  return [...units.values()];
}
