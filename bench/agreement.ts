/** Whether both sides computed the same. The seconds of programs that do different things cannot be compared. */
import type { Values } from "./protocol.js";

/** How far two numbers may lie apart. Relative to the larger, or in the unit of the numbers. */
export type Tolerance = { readonly relative: number } | { readonly absolute: number };
export type Tolerances = Readonly<Record<string, Tolerance>>;

export interface Agreement {
  readonly name: string;
  readonly tolerance: Tolerance;
  /** The largest difference found, in the tolerance's terms. */
  readonly difference: number;
  readonly agrees: boolean;
  /** The first few of either side, to be read side by side. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** Compares everything that has a tolerance. @throws Error when a side left something out, or gave another count of numbers. */
export function compare(ours: Values, theirs: Values, tolerances: Tolerances): Agreement[] {
  return Object.entries(tolerances).map(([name, tolerance]) => {
    const [a, b] = [ours[name], theirs[name]];
    if (!a || !b || a.length !== b.length || a.length === 0) {
      throw new Error(`There is nothing to compare: the sides gave ${a?.length ?? 0} and ${b?.length ?? 0} ${name}.`);
    }
    const differences = a.map((value, i) => difference(value, b[i] as number, tolerance));
    const worst = differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
    const limit = "relative" in tolerance ? tolerance.relative : tolerance.absolute;
    return { name, tolerance, difference: worst, agrees: worst <= limit, ours: a.slice(0, 3), theirs: b.slice(0, 3) };
  });
}

/** NaN unless both are finite: if both sides diverge, they do not agree. */
function difference(a: number | null, b: number | null, tolerance: Tolerance): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.NaN;
  const distance = Math.abs((a as number) - (b as number));
  if (distance === 0 || "absolute" in tolerance) return distance;
  return distance / Math.max(Math.abs(a as number), Math.abs(b as number));
}
