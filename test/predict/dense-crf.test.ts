import { describe, expect, it } from "vitest";
import { type CrfOptions, denseCrf } from "../../lib/functional/index.js";
import { chooseCells, Evaluator, Model, Predictor } from "../../lib/index.js";
import { discs } from "../train/toy.js";
import { largestDifference, within } from "../within.js";
import { numbers } from "./pictures.js";

const defaults = {
  ...{ gaussianWeight: 1, gaussianWidth: 2, bilateralWeight: 2, bilateralWidth: 4 },
  ...{ colourWidth: 20, iterations: 5 },
};

/** The mean field over all pairs of pixels, in float64, nothing cut off (Krähenbühl and Koltun 2011, symmetric normalisation). */
function bruteForce(probability: Float32Array, rgb: Uint8Array, width: number, options: CrfOptions): Float64Array {
  const { gaussianWeight, gaussianWidth, bilateralWeight, bilateralWidth, colourWidth, iterations } = {
    ...defaults,
    ...options,
  };
  const count = probability.length;
  const kernel = (weight: number, ofPair: (i: number, j: number) => number) => {
    const k = Array.from({ length: count }, (_, i) => Float64Array.from({ length: count }, (_, j) => ofPair(i, j)));
    const scale = k.map((row) => 1 / Math.sqrt(row.reduce((a, b) => a + b, 0)));
    return { weight, k, scale };
  };
  const place = (i: number, j: number) =>
    ((i % width) - (j % width)) ** 2 + (Math.floor(i / width) - Math.floor(j / width)) ** 2;
  const colour = (i: number, j: number) =>
    [0, 1, 2].reduce((sum, c) => sum + ((rgb[3 * i + c] as number) - (rgb[3 * j + c] as number)) ** 2, 0);
  const kernels = [
    kernel(gaussianWeight, (i, j) => Math.exp(-place(i, j) / (2 * gaussianWidth ** 2))),
    kernel(bilateralWeight, (i, j) =>
      Math.exp(-place(i, j) / (2 * bilateralWidth ** 2) - colour(i, j) / (2 * colourWidth ** 2)),
    ),
  ];
  const unary = Float64Array.from(probability, (p) => {
    const kept = Math.min(1 - 1e-6, Math.max(1e-6, p));
    return Math.log(kept / (1 - kept));
  });
  let q = Float64Array.from(probability);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const next = Float64Array.from(unary, (value, i) => {
      let logit = value;
      for (const { weight, k, scale } of kernels) {
        const row = k[i] as Float64Array;
        let sum = 0;
        for (let j = 0; j < count; j++) {
          if (j !== i) sum += (row[j] as number) * (scale[j] as number) * (2 * (q[j] as number) - 1);
        }
        logit += weight * (scale[i] as number) * sum;
      }
      return 1 / (1 + Math.exp(-logit));
    });
    q = next;
  }
  return q;
}

/** Two flat colours with some noise, and probabilities that are uncertain about where one ends. */
function scene(height: number, width: number, seed: number) {
  const random = numbers(seed);
  const inside = (i: number) =>
    Math.hypot((i % width) - width / 2, Math.floor(i / width) - height / 2) < Math.min(height, width) / 3;
  const noise = () => Math.floor(30 * random());
  const rgb = Uint8Array.from({ length: 3 * height * width }, (_, at) => (inside(Math.floor(at / 3)) ? 150 : 60) + noise());
  const probability = Float32Array.from({ length: height * width }, (_, i) => {
    return Math.min(1, Math.max(0, (inside(i) ? 0.65 : 0.3) + 0.6 * (random() - 0.5)));
  });
  return { height, width, rgb, probability, truth: Uint8Array.from(probability, (_, i) => (inside(i) ? 1 : 0)) };
}

describe("the dense random field", () => {
  it.each([
    ["the defaults", 23, 31, {}],
    ["narrow widths", 17, 29, { bilateralWidth: 2.3, gaussianWidth: 0.8, colourWidth: 7 }],
    ["wide colours", 33, 21, { colourWidth: 60, bilateralWeight: 4 }],
    ["one row", 1, 37, {}],
    ["a strong pull", 31, 33, { bilateralWeight: 6, gaussianWeight: 3, iterations: 8 }],
    ["no Gaussian", 19, 20, { gaussianWeight: 0 }],
  ] as const)("is the mean field over all pairs of pixels: %s, %i×%i", (_, height, width, options) => {
    const { probability, rgb } = scene(height, width, 7);
    const found = denseCrf(probability, rgb, height, width, options);
    const expected = bruteForce(probability, rgb, width, options);
    within("dense random field: probabilities against the mean field over all pairs", largestDifference(found, expected), 1e-3);
  });

  it("finds the edge that the probabilities miss", () => {
    const { probability, rgb, truth, height, width } = scene(40, 44, 3);
    const wrong = (p: Float32Array) => p.reduce((sum, value, i) => sum + Number((value >= 0.5 ? 1 : 0) !== truth[i]), 0);
    const refined = denseCrf(probability, rgb, height, width, {});
    expect(wrong(probability)).toBeGreaterThan(100);
    expect(wrong(refined)).toBeLessThan(10);
  });

  it("without weights is what went in", () => {
    const { probability, rgb, height, width } = scene(9, 11, 1);
    const same = denseCrf(probability, rgb, height, width, { gaussianWeight: 0, bilateralWeight: 0 });
    expect(largestDifference(same, probability)).toBe(0);
    expect(() => denseCrf(probability, rgb, height, width, { iterations: 0 })).toThrow(/crf\.iterations/);
    expect(() => denseCrf(probability, rgb, height, width + 1)).toThrow(/^Rgb holds/);
  });
});

describe("a model", () => {
  const data = discs(4, 64, 5);

  it("predicts and is scored with it, chooses it by the images whose cells are known, and its file carries the choice", async () => {
    using model = await Model.create({ encoder: "efficientnet-b0", decoderChannels: [16, 16, 16, 16, 16], seed: 1 });
    const image = { data: scene(64, 64, 2).rgb, height: 64, width: 64 };
    const plain = await new Predictor(model).predict(image);
    const options = { bilateralWeight: 3 };
    const refined = await new Predictor(model, { crf: options }).predict(image);
    const expected = denseCrf(plain.probability, image.data, 64, 64, options);
    expect(largestDifference(refined.probability, expected)).toBeLessThan(1e-6);
    const [without, withField] = [
      await new Evaluator(model).evaluate(data),
      await new Evaluator(model, { crf: true }).evaluate(data),
    ];
    expect([without.crf, withField.crf]).toEqual([null, defaults]);
    expect(withField.diceMicro).not.toEqual(without.diceMicro);
    const chosen = await chooseCells(model, data, { crf: options });
    expect(chosen?.rule.crf).toEqual({ ...defaults, ...options });
    model.useCells(chosen?.rule);
    expect(new Predictor(model).config.crf).toEqual({ ...defaults, ...options });
    expect(new Predictor(model, { crf: false }).config.crf).toBeNull();
    await expect(new Predictor(model).strips(image)).rejects.toThrow(/needs the image as a whole/);
  });
});
