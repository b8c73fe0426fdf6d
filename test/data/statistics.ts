/** Tests of randomness. With a fixed seed they are not random themselves: a failure is a fault, not bad luck. */
import { expect } from "vitest";

/** Expects a count of `draws` events of this probability within 4 standard deviations. */
export function expectShare(count: number, draws: number, probability: number, what = ""): void {
  const deviation = Math.sqrt(draws * probability * (1 - probability));
  const off = Math.abs(count - draws * probability);
  expect(off, `${what}: ${count} of ${draws} for probability ${probability}`).toBeLessThanOrEqual(4 * deviation);
}

/** Expects the counts to be those of these probabilities: each within 4 σ, and Pearson's χ² within 4 σ of its mean. */
export function expectFrequencies(counts: ArrayLike<number>, probabilities: readonly number[]): void {
  const draws = Array.from(counts).reduce((sum, count) => sum + count, 0);
  let [chiSquare, cells] = [0, 0];
  probabilities.forEach((probability, i) => {
    expectShare(counts[i] as number, draws, probability, `value ${i}`);
    if (probability > 0) chiSquare += ((counts[i] as number) - draws * probability) ** 2 / (draws * probability);
    if (probability > 0) cells++;
  });
  const freedom = cells - 1;
  expect(Math.abs(chiSquare - freedom), `χ² ${chiSquare} of ${freedom}`).toBeLessThanOrEqual(4 * Math.sqrt(2 * freedom));
}

/** Expects values uniform in [low, high]: Kolmogorov and Smirnov's distance below its 0.1 % limit. */
export function expectUniform(values: readonly number[], low: number, high: number): void {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const distance = Math.max(
    ...sorted.map((value, i) => {
      const expected = (value - low) / (high - low);
      return Math.max(Math.abs(expected - i / n), Math.abs((i + 1) / n - expected));
    }),
  );
  expect(distance).toBeLessThan(1.95 / Math.sqrt(n));
}

export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const moment = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    mean(x.map((value, i) => (value - mx) * ((y[i] as number) - my)));
  return moment(a, ma, b, mb) / Math.sqrt(moment(a, ma, a, ma) * moment(b, mb, b, mb));
}

export function counted(values: Iterable<number>, kinds: number): Float64Array {
  const counts = new Float64Array(kinds);
  for (const value of values) counts[value] = (counts[value] as number) + 1;
  return counts;
}
