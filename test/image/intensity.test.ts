/** The native work on grey values beside a plain version, on fresh random images of odd sizes in every type. */
import { describe, expect, it } from "vitest";
import type { SampleArray } from "../../lib/addon/contract.js";
import { native } from "../../lib/addon/load.js";
import { Histogram } from "../../lib/dataset/intensity/histogram.js";
import { typeOf } from "../../lib/dataset/intensity/sample-types.js";
import { numbers } from "../predict/pictures.js";

const seed = Date.now() % 1e6;
const [height, width, channels] = [17, 23, 4];

const kinds = {
  uint8: [Uint8Array, 0, 255],
  int8: [Int8Array, -128, 127],
  uint16: [Uint16Array, 0, 65535],
  int16: [Int16Array, -32768, 32767],
  uint32: [Uint32Array, 0, 4e9],
  int32: [Int32Array, -2e9, 2e9],
  float32: [Float32Array, -5, 1e4],
  float64: [Float64Array, -1e5, 7],
} as const;

function image(kind: keyof typeof kinds): SampleArray {
  const [Type, low, high] = kinds[kind];
  const random = numbers(seed);
  const values = Array.from(
    { length: height * width * channels },
    () => low + (random() < 0.02 ? 1 : 0.4 * random()) * (high - low),
  );
  return new Type(kind.startsWith("float") ? values : values.map(Math.trunc));
}

/** The values of one channel around a pixel. */
function around(values: SampleArray, channel: number, at: number): number[] {
  const [y, x] = [Math.floor(at / width), at % width];
  const found: number[] = [];
  for (let row = y - 1; row <= y + 1; row++) {
    for (let column = x - 1; column <= x + 1; column++) {
      if ((row === y && column === x) || row < 0 || column < 0 || row >= height || column >= width) continue;
      found.push(values[(row * width + column) * channels + channel] as number);
    }
  }
  return found;
}

/** The second largest. */
const second = (values: readonly number[]) => values.toSorted((a, b) => b - a)[1] as number;

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])(`%s, random numbers from ${seed}`, (kind) => {
  const values = image(kind);
  const [, least, most] = kinds[kind];
  const plane = (channel: number) =>
    Array.from({ length: height * width }, (_, at) => values[at * channels + channel] as number);

  it.each([[[2]], [[3, 0]], [[1, 2, 0]]])("channels %j are mapped through their windows", async (picks) => {
    const windows = picks.map((_, i) => [least + i, least + (most - least) * (0.5 - 0.1 * i), 3 * i, 240 - i]);
    const level = (value: number, pick: number) => {
      const [low, high, from, to] = windows[pick] as [number, number, number, number];
      return from + (value - low) * ((to - from) / (high - low));
    };
    const byte = (value: number) => Math.min(255, Math.max(0, Math.floor(value + 0.5)));
    const expected = picks.map((channel, pick) =>
      plane(channel).map((value, at) => {
        const [own, next] = [level(value, pick), level(second(around(values, channel, at)), pick)];
        const [, , from, to] = windows[pick] as [number, number, number, number];
        return byte(own > to && next < from + (own - from) / 2 ? next : own);
      }),
    );
    const four = Float64Array.from(windows.flat());
    const rgb = await native().mapIntensity(values, channels, height, width, picks, four, 0, true).done;
    for (let at = 0; at < height * width; at++) {
      const [red = 0, green, blue] = expected.map((one) => one[at] as number);
      const pixel = picks.length === 1 ? [red, red, red] : [red, green, blue ?? 0];
      for (const c of [0, 1, 2]) expect(Math.abs((rgb[3 * at + c] as number) - (pixel[c] as number))).toBeLessThanOrEqual(1e-9);
    }
  });

  it("percentiles are those of the values without single bright pixels", async () => {
    const spread = await native().measureIntensity(values, channels, height, width, [3, 1]).done;
    expect([spread.minimum, spread.maximum]).toEqual([Math.min(...plane(3), ...plane(1)), Math.max(...plane(3), ...plane(1))]);
    const histogram = new Histogram(typeOf(values));
    histogram.add(spread);
    for (const [row, channel] of [3, 1].entries()) {
      const sorted = plane(channel)
        .map((value, at) => Math.min(value, second(around(values, channel, at))))
        .sort((a, b) => a - b);
      for (const percent of [0, 10, 50, 99, 100]) {
        const rank = (percent / 100) * (sorted.length - 1);
        const [low, high] = [sorted[Math.floor(rank)] as number, sorted[Math.ceil(rank)] as number];
        const expected = low + (rank - Math.floor(rank)) * (high - low);
        // Wide types are counted in bins that divide a power of two into 512.
        const tolerance = /32|64/.test(kind) ? Math.abs(expected) / 256 : 1e-9;
        expect(Math.abs(histogram.percentile(percent, row) - expected)).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  it("the noise is the trimmed mean of neighbours' differences", async () => {
    const { noise } = await native().measureIntensity(values, channels, height, width, [2]).done;
    const one = plane(2);
    const differences = one
      .flatMap((value, at) => (at % width === 0 ? [] : [Math.abs(value - (one[at - 1] as number))]))
      .sort((a, b) => a - b);
    const kept = differences.slice(0, Math.floor(0.8 * differences.length));
    const expected = kept.reduce((sum, value) => sum + value, 0) / kept.length / 0.790021;
    expect(Math.abs((noise[0] as number) - expected)).toBeLessThan(0.005 * expected);
  });
});

it("values that are no numbers are counted, are in no bin, and get what stands for them", async () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => (i === 3 ? Number.NaN : i === 7 ? Number.POSITIVE_INFINITY : i));
  const spread = await native().measureIntensity(values, 1, 3, 4, [0]).done;
  expect(spread.notFinite).toBe(2);
  expect(spread.counts.reduce((sum, count) => sum + count, 0)).toBe(10);
  const rgb = await native().mapIntensity(values, 1, 3, 4, [0], Float64Array.of(0, 255, 0, 255), 9, true).done;
  expect([rgb[3 * 3], rgb[3 * 7], rgb[3 * 2]]).toEqual([9, 9, 2]);
});
