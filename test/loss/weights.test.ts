import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lossTerms } from "../../lib/config/loss.js";
import { stabilizedLoss } from "../../lib/functional/index.js";
import { largestDifference, within } from "../within.js";
import { logitsOf, masksOf, shapeOf, type TermCase } from "./inputs.js";

const { weights, cases } = JSON.parse(readFileSync(new URL("../fixtures/loss/weighted.json", import.meta.url), "utf8")) as {
  weights: number[];
  cases: TermCase[];
};
const titled = cases.map((one) => [`${one.term} ${one.scale}`, one] as const);
const alone = (term: string) => Object.fromEntries(lossTerms.map((name) => [name, name === term ? 1 : 0]));
const largest = (numbers: ArrayLike<number>) => largestDifference(numbers, new Float64Array(numbers.length));

describe("images that count differently", () => {
  it.each(titled)("give each term PyTorch's value and gradient: %s", (_, { term, options, shape, scale, value, gradient }) => {
    for (const [kind, numbers, limit] of [
      ["float64", Float64Array, 1e-8],
      ["float32", Float32Array, 2e-6],
    ] as const) {
      const found = stabilizedLoss(numbers.from(logitsOf(shape, scale)), masksOf(shape), {
        ...{ ...options, ...alone(term), shape: shapeOf(shape), imageWeights: weights },
      });
      const row = (what: string) => `loss term ${term}, images weighed: ${what} in ${kind} against PyTorch's, relative`;
      within(row("value"), Math.abs(found.value / value - 1), limit);
      within(row("gradient"), largestDifference(found.gradient, gradient) / largest(gradient), limit);
    }
  });

  it("leave an image of weight 0 out of the gradient, and its pixels in what means are divided by", () => {
    const [shape, target] = [shapeOf("batch"), masksOf("batch")];
    const logits = Float32Array.from(logitsOf("batch", "mild"));
    const found = stabilizedLoss(logits, target, { shape, imageWeights: [0, 1, 1] });
    const plain = stabilizedLoss(logits, target, { shape });
    const pixels = logits.length / 3;
    expect(largest(found.gradient.subarray(0, pixels))).toBe(0);
    expect(largestDifference(found.gradient.subarray(pixels), plain.gradient.subarray(pixels))).toBeLessThan(1e-7);
  });

  it("count alike by weights of 1", () => {
    const options = { shape: shapeOf("batch") };
    const logits = Float32Array.from(logitsOf("batch", "mild"));
    const found = stabilizedLoss(logits, masksOf("batch"), { ...options, imageWeights: [1, 1, 1] });
    expect(found).toEqual(stabilizedLoss(logits, masksOf("batch"), options));
  });

  it("are refused where weights are no weights, or not one for each image", () => {
    const run = (imageWeights: number[]) => () =>
      stabilizedLoss(new Float32Array(8), new Uint8Array(8), { shape: [2, 1, 2, 2], imageWeights });
    for (const [given, message] of [
      [[1], /1 weights were given for a batch of 2 images/],
      [[1, -1], /mageWeights\[1\] must be .* not -1/],
      [[Number.NaN, 1], /mageWeights\[0\] must be .* not NaN/],
    ] as const) {
      expect(run([...given])).toThrowError(
        expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT", message: expect.stringMatching(message) }),
      );
    }
  });
});
