import { describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { type LossTermName, lossOptionsSchema, lossTerms } from "../../lib/config/loss.js";
import {
  bceLoss,
  boundaryLoss,
  diceLoss,
  focalLoss,
  signedDistanceMap,
  stabilizedLoss,
  tverskyLoss,
} from "../../lib/functional/index.js";
import { largestDifference, within } from "../within.js";
import { cases, logitsOf, maps, masksOf, shapeOf, type TermCase } from "./inputs.js";

const functions = { dice: diceLoss, bce: bceLoss, tversky: tverskyLoss, focal: focalLoss, boundary: boundaryLoss };
const references: Record<LossTermName, string> = {
  dice: "MONAI",
  bce: "PyTorch",
  tversky: "MONAI",
  focal: "torchvision",
  boundary: "PyTorch and SciPy",
};
const titled = cases.map((one) => [`${one.term} ${JSON.stringify(one.options)} ${one.shape} ${one.scale}`, one] as const);

function evaluated<Logits extends Float32Array | Float64Array>({ term, options, shape }: TermCase, logits: Logits) {
  return functions[term](logits, masksOf(shape), { ...options, shape: shapeOf(shape) });
}
const largest = (numbers: ArrayLike<number>) => largestDifference(numbers, new Float64Array(numbers.length));

it("native code and configuration know the same terms", () => {
  expect(native().functional.lossTerms()).toEqual([...lossTerms]);
});

describe("each term of the loss", () => {
  it.each(titled)("has the value and gradient of an independent program in float64: %s", (_, one) => {
    const { value, terms, gradient } = evaluated(one, logitsOf(one.shape, one.scale));
    const row = (what: string) => `loss term ${one.term}: ${what} in float64 against ${references[one.term]}'s, relative`;
    within(row("value"), Math.abs(value / one.value - 1), 1e-9);
    within(row("gradient"), largestDifference(gradient, one.gradient) / largest(one.gradient), 1e-8);
    expect(gradient).toBeInstanceOf(Float64Array);
    expect(terms).toEqual({ [one.term]: value });
  });

  it.each(titled)("has them in float32 too, to what that can hold: %s", (_, one) => {
    const { value, gradient } = evaluated(one, Float32Array.from(logitsOf(one.shape, one.scale)));
    const row = (what: string) => `loss term ${one.term}: ${what} in float32 against ${references[one.term]}'s, relative`;
    within(row("value"), Math.abs(value / one.value - 1), 1e-6);
    within(row("gradient"), largestDifference(gradient, one.gradient) / largest(one.gradient), 1e-6);
    expect(gradient).toBeInstanceOf(Float32Array);
  });

  it.each(lossTerms)("has the gradient that finite differences give: %s", (term) => {
    const shape = shapeOf("batch");
    const target = masksOf("batch");
    const logits = logitsOf("batch", "mild");
    const at = (shift: number, i: number) =>
      functions[term](
        logits.map((z, k) => (k === i ? z + shift : z)),
        target,
        { shape },
      ).value;
    const { gradient } = functions[term](logits, target, { shape });
    const step = 1e-4;
    for (let i = 0; i < logits.length; i += 17) {
      const slope = (at(step, i) - at(-step, i)) / (2 * step);
      expect(Math.abs((gradient[i] as number) - slope), `pixel ${i}`).toBeLessThan(1e-5 * largest(gradient));
    }
  });

  it("is weighed and added up: value and gradient of a sum are the sums of those", () => {
    const shape = shapeOf("wide");
    const target = masksOf("wide");
    const logits = logitsOf("wide", "mild");
    const weights = { dice: 0.25, bce: 0.5, tversky: 2, focal: 3, boundary: 0.125 };
    const sum = stabilizedLoss(logits, target, { ...weights, shape });
    expect(Object.keys(sum.terms)).toEqual([...lossTerms]);
    const parts = lossTerms.map((term) => functions[term](logits, target, { shape }));
    const added = (of: (part: (typeof parts)[number]) => number) =>
      parts.reduce((total, part, i) => total + weights[lossTerms[i] as LossTermName] * of(part), 0);
    expect(sum.value).toBeCloseTo(
      added(({ value }) => value),
      12,
    );
    sum.gradient.forEach((slope, i) => {
      expect(slope).toBeCloseTo(
        added(({ gradient }) => gradient[i] as number),
        12,
      );
    });
  });

  it("is left out without a weight, and a loss of nothing is refused", () => {
    const { terms } = stabilizedLoss(new Float32Array(4), new Uint8Array(4), { dice: 0, tversky: 0, focal: 0.5 });
    expect(Object.keys(terms)).toEqual(["bce", "focal"]);
    const nothing = { dice: 0, bce: 0, tversky: 0 };
    expect(() => stabilizedLoss(new Float32Array(4), new Uint8Array(4), nothing)).toThrowError(
      expect.objectContaining({ code: "ACINUS_CONFIG", message: expect.stringContaining("weight above 0") }),
    );
    expect(lossOptionsSchema.safeParse({ ...nothing, boundary: 1 }).success).toBe(true);
  });

  it.each([-1e4, -90, -20, 20, 90, 1e4])("has a finite value and gradient at logits of %i, right or wrong", (logit) => {
    for (const term of lossTerms) {
      for (const options of [{}, { logitClamp: 0, epsilon: 0, focalGamma: 0.5 }]) {
        const target = new Uint8Array(64).fill(1, 0, 20);
        const { value, gradient } = functions[term](new Float32Array(64).fill(logit), target, {
          shape: [1, 1, 8, 8],
          ...options,
        });
        expect([term, Number.isFinite(value), gradient.every(Number.isFinite)]).toEqual([term, true, true]);
      }
    }
  });
});

describe("signedDistanceMap", () => {
  it.each(Object.keys(maps))("gives SciPy's distances, and zeros of an image that is empty or full: %s", (name) => {
    const found = signedDistanceMap(masksOf(name), shapeOf(name));
    within("signed distance map against SciPy's, px", largestDifference(found, maps[name] as number[]), 1e-6);
  });

  it("names what is wrong with a mask", () => {
    const bad = (run: () => unknown, pattern: RegExp) =>
      expect(run).toThrowError(
        expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT", message: expect.stringMatching(pattern) }),
      );
    bad(() => signedDistanceMap(new Uint8Array(4), [2, 2]), /shape of masks is \[2, 2\]/);
    bad(() => signedDistanceMap(Uint8Array.of(0, 2), [1, 1, 1, 2]), /masks\[1\] is 2/i);
    bad(() => signedDistanceMap(new Uint8Array(3), [1, 1, 2, 2]), /masks holds 3/i);
  });
});
