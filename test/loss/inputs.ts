/** Inputs computed by the formulas of test/fixtures/make/loss.py. */
import { readFileSync } from "node:fs";
import type { LossConfig, LossTermName } from "../../lib/config/loss.js";

export interface TermCase {
  readonly term: LossTermName;
  readonly options: LossConfig;
  readonly shape: string;
  readonly scale: string;
  readonly value: number;
  readonly gradient: readonly number[];
}

interface Fixture {
  /** B, H, W. */
  readonly shapes: Readonly<Record<string, readonly [number, number, number]>>;
  readonly scales: Readonly<Record<string, number>>;
  readonly cases: readonly TermCase[];
  readonly maps: Readonly<Record<string, readonly number[]>>;
}

export const { shapes, scales, cases, maps } = JSON.parse(
  readFileSync(new URL("../fixtures/loss/terms.json", import.meta.url), "utf8"),
) as Fixture;

/** [B, 1, H, W] */
export function shapeOf(name: string): [number, number, number, number] {
  const [batch, height, width] = shapes[name] as [number, number, number];
  return [batch, 1, height, width];
}

export function logitsOf(shape: string, scale: string): Float64Array {
  const length = shapeOf(shape).reduce((a, b) => a * b);
  return Float64Array.from({ length }, (_, i) => (((i * 37) % 101) / 50 - 1) * (scales[scale] as number));
}

/** Overlapping squares and single pixels; the second image of a batch is empty, the third full. */
export function masksOf(shape: string): Uint8Array {
  const [batch, , height, width] = shapeOf(shape);
  const near = (a: number, b: number, most: number) => Math.abs(a - b) <= most;
  return Uint8Array.from({ length: batch * height * width }, (_, at) => {
    const image = Math.floor(at / (height * width));
    if (image > 0) return image - 1;
    const [y, x] = [Math.floor(at / width) % height, at % width];
    return (near(y, 4, 2) && near(x, 3, 2)) || (near(y, 6, 1) && near(x, 5, 2)) || (x * 7 + y * 5) % 31 === 0 ? 1 : 0;
  });
}
