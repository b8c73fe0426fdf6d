/** How timings are summed up: medians, because a busy machine's outliers say nothing about the step. */

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
 * How many times as long the baseline takes. Each round gives one ratio of medians, taken moments apart on the same machine; the result is
 * the median of these with the smallest and the largest. Above 1 acinus is faster.
 */
export function speedup(rounds: readonly { acinus: readonly number[]; baseline: readonly number[] }[]): Summary {
  return summarize(rounds.map(({ acinus, baseline }) => median(baseline) / median(acinus)));
}
