import { describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { AcinusError } from "../../lib/errors.js";
import { Sampler } from "../../lib/train/sampler.js";
import { counted, expectFrequencies } from "./statistics.js";

const { weightedDraw, uniformDraw } = native().functional;
const cells = (count: number, area: number) => ({
  area: count * area,
  perimeter: 40 * count,
  components: count,
  smallestComponent: area,
  pixels: 128 * 128,
  boundaryExcess: count > 1 ? 0.25 : -0.1,
  smallestWhole: count > 30 ? 0 : area,
});
const statistics = [null, cells(0, 0), cells(1, 500), cells(1, 20), cells(30, 400), cells(60, 12)];
const dataset = { length: statistics.length, maskStatistics: statistics };

describe("the weighted sampler", () => {
  it("draws each image in proportion to its weight, over a million draws", () => {
    const weights = Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? 0 : 1 + ((i * 37) % 11)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const draws = weightedDraw(Float64Array.from(weights), 1_000_000, 5, 2);
    expectFrequencies(
      counted(draws, weights.length),
      weights.map((weight) => weight / sum),
    );
  });

  it("never draws an image of weight 0, first and last ones included, however small the others", () => {
    const draws = weightedDraw(Float64Array.of(0, 1e-300, 0, 3e-300, 0), 100_000, 1, 0);
    expectFrequencies(counted(draws, 5), [0, 0.25, 0, 0.75, 0]);
  });

  it("draws the images of an epoch independently of one another", () => {
    const draws = weightedDraw(Float64Array.of(1, 2, 3), 300_000, 8, 0);
    const pairs = Array.from({ length: 150_000 }, (_, i) => 3 * (draws[2 * i] as number) + (draws[2 * i + 1] as number));
    const p = [1 / 6, 2 / 6, 3 / 6];
    expectFrequencies(
      counted(pairs, 9),
      p.flatMap((first) => p.map((second) => first * second)),
    );
  });

  it("weighs images by METHOD section 8: b and d written out", () => {
    const { weights } = Sampler.byComplexity(dataset);
    const expected = [null, null, ...statistics.slice(2)].map((mask) => {
      if (!mask) return 1;
      const [b, d] = [Math.max(0, mask.boundaryExcess), Math.min(1, mask.components / ((128 * 128) / 40_000) / 10)];
      return 2 * (1 + 0.5 * b + 0.5 * d) * (mask.smallestWhole > 0 && mask.smallestWhole < 70 ? 1.5 : 1);
    });
    expect(weights.length).toBe(6);
    expected.forEach((weight, i) => {
      expect(weights[i]).toBeCloseTo(weight, 12);
    });
  });

  it("weighs them by the former formula with complexity v1", () => {
    const weights = Sampler.byComplexity(dataset, { complexity: "v1" }).weights;
    const expected = [null, null, ...statistics.slice(2)].map((mask) => {
      if (!mask) return 1;
      const b = Math.min(1, mask.perimeter / (4 * Math.sqrt(Math.PI * mask.area)) / 3);
      return 2 * (1 + 0.5 * b + 0.5 * Math.min(1, mask.components / 25)) * (mask.smallestComponent < 70 ? 1.5 : 1);
    });
    expect(weights.length).toBe(6);
    expected.forEach((weight, i) => {
      expect(weights[i]).toBeCloseTo(weight, 12);
    });
  });
});

describe("the uniform sampler", () => {
  it("gives a permutation in every epoch, another one in each", () => {
    const orders = Array.from({ length: 50 }, (_, epoch) => uniformDraw(97, 3, epoch));
    for (const order of orders) expect(order.toSorted()).toEqual(Int32Array.from({ length: 97 }, (_, i) => i));
    expect(new Set(orders.map(String)).size).toBe(50);
  });

  it("puts every image equally often at every place", () => {
    const places = new Float64Array(7 * 7);
    for (let epoch = 0; epoch < 20_000; epoch++) {
      uniformDraw(7, 11, epoch).forEach((image, place) => {
        places[7 * place + image] = (places[7 * place + image] as number) + 1;
      });
    }
    expectFrequencies(places, new Array(49).fill(1 / 49));
  });
});

describe.each([
  ["weighted", (seed: number) => Sampler.byComplexity(dataset, { seed })],
  ["uniform", (seed: number) => Sampler.uniform({ ...dataset, length: 40 }, { seed })],
] as const)("a %s sampler", (_, make) => {
  it("draws the same for the same seed and epoch, and as many as there are images", () => {
    for (const epoch of [0, 1, 1000]) {
      expect(make(4).draw(epoch)).toEqual(make(4).draw(epoch));
      expect(make(4).draw(epoch).length).toBe(make(4).length);
    }
  });

  it("draws otherwise for another seed or epoch", () => {
    const orders = [0, 1, 2].flatMap((seed) => [0, 1, 2].map((epoch) => String(make(seed).draw(epoch))));
    expect(new Set(orders).size).toBeGreaterThan(7); // of six images with replacement two orders may coincide
  });
});

it.each([
  ["a negative weight", [1, -1]],
  ["a weight that is not a number", [1, Number.NaN]],
  ["an infinite weight", [1, Number.POSITIVE_INFINITY]],
  ["no weight above 0", [0, 0]],
  ["fewer weights than images", [1]],
])("%s is refused", (_, weights) => {
  const two = { length: 2, maskStatistics: [null, null] };
  expect(() => Sampler.weighted(two, weights)).toThrow(AcinusError);
});
