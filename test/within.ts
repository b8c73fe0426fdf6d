import { appendFileSync } from "node:fs";
import { expect } from "vitest";

/**
 * Expects a difference from a reference to be at most `bound`, and notes it, for tools/fidelity.mjs, which makes the table of
 * docs/fidelity.md from what was measured. `part` is the row; `where` is said when it fails.
 */
export function within(part: string, difference: number, bound: number, where = part): void {
  const file = process.env.ACINUS_FIDELITY;
  if (file) appendFileSync(file, `${JSON.stringify({ part, difference, bound })}\n`);
  expect(difference, where).toBeLessThanOrEqual(bound);
}

/** Largest absolute difference; infinite when the lengths differ or a value is not a number. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
