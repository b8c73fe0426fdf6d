import { describe, expect, it } from "vitest";
import { type StabilizedLoss, stabilizedLoss } from "../../lib/functional/index.js";
import { fixture } from "../image/scene.js";
import { largestDifference, within } from "../within.js";

interface Case {
  shape: number[];
  scale: number;
  target: number[];
  boundaryWeight: number;
  terms: Record<"dice" | "bce" | "tversky" | "positiveWeight", number> & { boundary: number | null };
  value: number;
  gradient: number[];
}

const cases = fixture<Record<string, Case>>("loss");

/** The script's formula. */
function logitsOf({ shape, scale }: Case): Float64Array {
  const length = shape.reduce((a, b) => a * b);
  return Float64Array.from({ length }, (_, i) => (((i * 37) % 101) / 50 - 1) * scale);
}

/** The row of docs/fidelity.md. */
const part = ({ boundaryWeight }: Case) => (boundaryWeight === 0 ? "loss" : "loss with the boundary term");

/** Each term of the reference, and the weight of cell pixels, beside ours; a boundary term that is not computed is missing. */
function pairsOf({ terms, positiveWeight }: StabilizedLoss<Float32Array | Float64Array>, expected: Case["terms"]) {
  expect("boundary" in terms).toBe(expected.boundary !== null);
  const found: Record<string, number> = { ...terms, positiveWeight };
  const names = (Object.keys(expected) as (keyof Case["terms"])[]).filter((name) => expected[name] !== null);
  return names.map((name) => [name, found[name] as number, expected[name] as number] as const);
}

describe("stabilizedLoss", () => {
  it.each(Object.keys(cases))("gives PyTorch's float64 terms, sum and gradient: %s", (name) => {
    const expected = cases[name] as Case;
    const found = stabilizedLoss(logitsOf(expected), Uint8Array.from(expected.target), {
      shape: expected.shape,
      boundary: expected.boundaryWeight,
    });
    const { value, gradient } = found;
    // The target's mean is the only thing both sides may round differently.
    for (const [term, ours, number] of pairsOf(found, expected.terms)) {
      if (number === 0) expect(ours, term).toBe(0);
      else expect(ours / number - 1, term).toBeCloseTo(0, 12);
    }
    expect(value / expected.value - 1).toBeCloseTo(0, 12);
    expect(gradient).toBeInstanceOf(Float64Array);
    within(`${part(expected)}: gradient in float64 against PyTorch's`, largestDifference(gradient, expected.gradient), 1e-11);
  });

  it.each(Object.keys(cases))("stays within 1e-6 of it in float32, its gradient within 1e-5 of the largest: %s", (name) => {
    const expected = cases[name] as Case;
    const logits = Float32Array.from(logitsOf(expected));
    const { shape, boundaryWeight: boundary } = expected;
    const found = stabilizedLoss(logits, Uint8Array.from(expected.target), { shape, boundary });
    const { value, gradient } = found;
    for (const [term, ours, number] of pairsOf(found, expected.terms)) {
      within(
        `${part(expected)}: each term in float32 against float64`,
        Math.abs(ours - number) / Math.max(1, Math.abs(number)),
        1e-6,
        term,
      );
    }
    within(
      `${part(expected)}: the sum in float32 against float64`,
      Math.abs(value - expected.value) / Math.max(1, expected.value),
      1e-6,
    );
    expect(gradient).toBeInstanceOf(Float32Array);
    const largest = Math.max(...expected.gradient.map(Math.abs));
    within(
      `${part(expected)}: gradient in float32 against float64 autograd, of the largest`,
      largestDifference(gradient, expected.gradient) / largest,
      1e-5,
    );
  });

  it("weighs cell pixels 50-fold in a batch without any, and once in a batch of nothing else", () => {
    const logits = new Float32Array(16).fill(0.5);
    expect(stabilizedLoss(logits, new Uint8Array(16)).positiveWeight).toBe(50);
    expect(stabilizedLoss(logits, new Uint8Array(16).fill(1)).positiveWeight).toBe(1);
  });

  it("costs nothing but the cross-entropy where an empty mask is found empty", () => {
    const { terms } = stabilizedLoss(new Float32Array(64).fill(-50), new Uint8Array(64));
    // Clamped to −10, 64 pixels of σ(−10) are left.
    expect(terms.dice).toBeLessThan(64 * 4.6e-5);
    expect(terms.tversky).toBeLessThan(64 * 4.6e-5);
    expect(terms.bce).toBeLessThan(1e-20);
  });

  it.each([-1e4, -50, 50, 1e4])("has a finite value and gradient at logits of %i, right or wrong", (logit) => {
    for (const cells of [0, 1, 64]) {
      const target = new Uint8Array(64).fill(1, 0, cells);
      const { value, gradient } = stabilizedLoss(new Float32Array(64).fill(logit), target);
      expect(Number.isFinite(value)).toBe(true);
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });

  it("still pulls a logit of 50 down where it is wrong: the cross-entropy sees it unclamped", () => {
    const { gradient } = stabilizedLoss(new Float32Array(16).fill(50), new Uint8Array(16));
    for (const slope of gradient) expect(slope).toBeCloseTo(0.3 / 16, 6);
  });

  it("measures the boundary term in px from the true boundary, negative inside: 0 on a cell's rim, 1 beside it", () => {
    const everything = { shape: [1, 1, 3, 3], boundary: 1 };
    const certain = new Float32Array(9).fill(50); // σ is 1: what is left is the mean distance
    const pixel = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0);
    expect(stabilizedLoss(certain, pixel, everything).terms.boundary).toBeCloseTo((4 + 4 * Math.SQRT2) / 9, 6);
    const allBut = pixel.map((value) => 1 - value);
    expect(stabilizedLoss(certain, allBut, everything).terms.boundary).toBeCloseTo((1 - 4 * (Math.SQRT2 - 1)) / 9, 6);
  });

  it("adds the boundary term as often as its weight says, and computes none without a weight", () => {
    const logits = Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) - 5);
    const target = Uint8Array.from({ length: 24 }, (_, i) => (i % 6 < 3 ? 1 : 0));
    const shape = [1, 1, 4, 6];
    const without = stabilizedLoss(logits, target, { shape });
    expect(without.terms).not.toHaveProperty("boundary");
    const { value, terms } = stabilizedLoss(logits, target, { shape, boundary: 3 });
    expect(value - without.value).toBeCloseTo(3 * (terms.boundary as number), 5);
  });

  it("takes a batch apart into samples by its shape", () => {
    const logits = Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? 4 : -4));
    const target = Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? 1 : 0));
    const apart = stabilizedLoss(logits, target, { shape: [2, 1, 4, 4] }).terms.dice as number;
    const together = stabilizedLoss(logits, target).terms.dice as number;
    const alone = (from: number) =>
      stabilizedLoss(logits.slice(from, from + 16), target.slice(from, from + 16)).terms.dice as number;
    expect(apart).toBeCloseTo((alone(0) + alone(16)) / 2, 6);
    expect(Math.abs(apart - together)).toBeGreaterThan(0.01);
  });

  it("names the number that is wrong", () => {
    const bad = (run: () => unknown, pattern: RegExp) =>
      expect(run).toThrowError(
        expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT", message: expect.stringMatching(pattern) }),
      );
    bad(() => stabilizedLoss(new Float32Array(4), new Uint8Array(3)), /target holds 3.*4/i);
    bad(() => stabilizedLoss(new Float32Array(4), Uint8Array.of(0, 255, 0, 0)), /target\[1\] is 255/i);
    bad(() => stabilizedLoss(Float32Array.of(0, Number.NaN), new Uint8Array(2)), /logits\[1\] is NaN/i);
    bad(() => stabilizedLoss(new Float32Array(4), new Uint8Array(4), { shape: [1, 1, 3, 2] }), /logits holds 4.*6/i);
  });
});
