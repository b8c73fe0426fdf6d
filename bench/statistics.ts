/** How timings are summed up: medians, because a busy machine's outliers say nothing about the work. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** @throws RangeError on an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("The median of no values.");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/**
 * How many times as long the other side takes. Each round gives one ratio of medians, taken moments apart on the same machine; the result is
 * the median of these with the smallest and the largest. Above 1 ours is faster.
 */
export function speedup(rounds: readonly { ours: readonly number[]; theirs: readonly number[] }[]): Summary {
  return summarize(rounds.map(({ ours, theirs }) => median(theirs) / median(ours)));
}

/** Above this spread, something else used the machine during the rounds. */
export const noisySpread = 1.25;

/** The slowest round's median over the fastest's; 1 on a machine that does nothing else. */
export function spread(rounds: readonly (readonly number[])[]): number {
  const medians = rounds.map(median);
  return Math.max(...medians) / Math.min(...medians);
}

export type Verdict = "reached" | "missed" | "too noisy to tell";

/**
 * Whether a ratio reaches its aim (or a cost stays below it). A noisy measurement decides only if even its worst round does.
 * @param noisy rounds that differ too much (see `spread`).
 */
export function judge(value: Summary, aim: { atLeast: number } | { atMost: number }, noisy: boolean): Verdict {
  const holds = (x: number) => ("atLeast" in aim ? x >= aim.atLeast : x <= aim.atMost);
  if (noisy && holds(value.min) !== holds(value.max)) return "too noisy to tell";
  return holds(value.median) ? "reached" : "missed";
}
