import { describe, expect, it } from "vitest";
import { displacementField } from "../../lib/functional/index.js";

/** The Gaussian of the method: reaches 4 σ, sums to 1 (SciPy's `gaussian_filter`). */
function kernel(sigma: number): number[] {
  const reach = Math.floor(4 * sigma + 0.5);
  const raw = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
}

/** Σ kernel², over pairs `lag` apart: the covariance of white noise smoothed along one axis. */
function covariance(sigma: number, lag: number): number {
  const weights = kernel(sigma);
  return weights.reduce((sum, weight, i) => sum + weight * (weights[i + lag] ?? 0), 0);
}

/** Variance of smoothed white noise at `place` on a mirrored axis: the weights that fall on one source add up there. */
function mirroredVariance(sigma: number, size: number, place: number): number {
  const onto = new Map<number, number>();
  kernel(sigma).forEach((weight, k, { length }) => {
    let at = place + k - (length - 1) / 2;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
    onto.set(at, (onto.get(at) ?? 0) + weight);
  });
  return [...onto.values()].reduce((sum, weight) => sum + weight ** 2, 0);
}

const [alpha, fields] = [120, 60];
const moments = (values: number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
};
const several = (size: number, sigma: number) =>
  Array.from(
    { length: fields },
    (_, index) => displacementField(size, size, { seed: 5, index }, { elasticSigma: sigma, elasticAlpha: alpha }).data,
  );
const sampled = (many: Float32Array[], at: (i: number) => number[]) =>
  many.flatMap((field) => at(0).map((i) => field[i] as number));

describe.each([
  [3, 96],
  [9, 160],
])("the displacement field with σ = %d", (sigma, size) => {
  const many = several(size, sigma);
  const pixels = size * size;
  // Places so far apart that their values share no noise, in both components; away from the borders.
  const reach = Math.floor(4 * sigma + 0.5);
  const inner: number[] = [];
  for (let y = reach; y < size - reach; y += 2 * reach + 1)
    for (let x = reach; x < size - reach; x += 2 * reach + 1) inner.push(y * size + x);
  const places = [...inner, ...inner.map((i) => pixels + i)];
  const theory = alpha * Math.sqrt(1 / 3) * covariance(sigma, 0);

  it("has mean 0 and the standard deviation of smoothed uniform noise, α · √⅓ · Σk²", () => {
    const { mean, deviation } = moments(sampled(many, () => places));
    const count = fields * places.length;
    expect(Math.abs(mean)).toBeLessThan((4 * theory) / Math.sqrt(count));
    expect(Math.abs(deviation / theory - 1), `${deviation} for ${theory}`).toBeLessThan(4 / Math.sqrt(2 * count));
  });

  it("is correlated over σ as the Gaussian says, the same along both axes, and its components are not", () => {
    const lag = Math.round(sigma);
    const expected = covariance(sigma, lag) / covariance(sigma, 0);
    const count = fields * places.length;
    const pairs = (step: number) =>
      sampled(many, () => places).map((_, n) => {
        const field = many[Math.floor(n / places.length)] as Float32Array;
        const i = places[n % places.length] as number;
        return ((field[i] as number) * (field[i + step] as number)) / theory ** 2;
      });
    for (const step of [lag, lag * size]) {
      const { mean } = moments(pairs(step));
      expect(Math.abs(mean - expected), `${mean} for ${expected}`).toBeLessThan(
        (4 * Math.sqrt(1 + expected ** 2)) / Math.sqrt(count),
      );
    }
    const crossed = many.flatMap((field) =>
      inner.map((i) => ((field[i] as number) * (field[pixels + i] as number)) / theory ** 2),
    );
    expect(Math.abs(moments(crossed).mean)).toBeLessThan(4 / Math.sqrt(crossed.length));
  });

  it("is as strong at the borders as mirrored noise is", () => {
    const border = mirroredVariance(sigma, size, 0);
    const expected = alpha * Math.sqrt((1 / 3) * border * mirroredVariance(sigma, size, size >> 1));
    const middle = size >> 1;
    const edges = [middle, middle * size, middle * size + size - 1, (size - 1) * size + middle].flatMap((i) => [i, pixels + i]);
    const { deviation } = moments(sampled(many, () => edges));
    expect(Math.abs(deviation / expected - 1), `${deviation} for ${expected}`).toBeLessThan(
      4 / Math.sqrt(2 * fields * edges.length),
    );
    expect(expected).toBeGreaterThan(1.3 * theory);
  });
});

describe("a displacement field", () => {
  it("of any size and depends on sample, epoch and seed alone", () => {
    const key = { seed: 1, epoch: 2, index: 3 };
    for (const [height, width] of [
      [1, 1],
      [1, 40],
      [33, 7],
      [64, 64],
    ] as const) {
      const { data, shape } = displacementField(height, width, key);
      expect(shape).toEqual([2, height, width]);
      expect(data.every(Number.isFinite)).toBe(true);
      expect(displacementField(height, width, key).data).toEqual(data);
    }
    const others = [key, { ...key, seed: 2 }, { ...key, epoch: 3 }, { ...key, index: 4 }];
    expect(new Set(others.map((other) => displacementField(8, 8, other).data[0])).size).toBe(4);
  });
});
