/** Grey values of any type become the bytes that a network sees, by a mapping that is asked for, learnt, or carried by a model. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { IntensityRule } from "../../lib/config/intensity.js";
import { Dataset, type OpenOptions } from "../../lib/dataset/dataset.js";
import { learntRule } from "../../lib/dataset/intensity/learnt-rule.js";
import { verifyDataset } from "../../lib/dataset/verify.js";
import { numbers } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { tiff } from "./layouts/binary.js";
import { type Scene, scenes, side, writePixels, writeText } from "./layouts/scene.js";

type Numbers = Parameters<typeof tiff>[0][number];
const [scene] = scenes;

/** images/ of the scenes, each as `values` makes them of its grey values, and masks/. */
async function set(values: (grey: Uint8Array, scene: Scene) => Numbers, of: readonly Scene[] = scenes): Promise<string> {
  const folder = temporary();
  for (const [i, one] of of.entries()) {
    writeText(folder, `images/${i}.tif`, tiff([values(one.grey, one)]));
    await writePixels(folder, `masks/${i}.png`, one.mask);
  }
  return folder;
}

/** The grey levels that a network sees. */
async function levels(folder: string, options: OpenOptions = {}): Promise<Uint8Array[]> {
  using data = await Dataset.open(folder, options);
  const all: Uint8Array[] = [];
  for (let i = 0; i < data.length; i++) all.push((await data.at(i).pixels()).image.data.filter((_, at) => at % 3 === 0));
  return all;
}

const farthest = (a: readonly Uint8Array[], b: readonly Uint8Array[]) =>
  Math.max(...a.flatMap((image, i) => Array.from(image, (value, at) => Math.abs(value - (b[i]?.[at] as number)))));

/** The values of the up to eight pixels around one. */
function around(image: ArrayLike<number>, at: number): number[] {
  const offsets = [-1, 0, 1]
    .flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy] as const))
    .filter(([dx, dy]) => dx !== 0 || dy !== 0);
  return offsets
    .map(([dx, dy]) => [(at % side) + dx, Math.floor(at / side) + dy] as const)
    .filter(([x, y]) => x >= 0 && y >= 0 && x < side && y < side)
    .map(([x, y]) => image[y * side + x] as number);
}

const second = (values: readonly number[]) => values.toSorted((a, b) => b - a)[1] as number;

/** No value above all but one around it. */
const smooth = (image: readonly number[]) => image.map((value, at) => Math.min(value, second(around(image, at))));

/** `numpy.percentile`. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percent / 100) * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(rank)] as number, sorted[Math.ceil(rank)] as number];
  return low + (rank - Math.floor(rank)) * (high - low);
}

describe("images of more than 8 bits", () => {
  const types: Record<string, (grey: Uint8Array) => Numbers> = {
    "float 0 to 1": (grey) => Float32Array.from(grey, (v) => v / 255),
    "float 0 to 4095": (grey) => Float32Array.from(grey, (v) => v * 16),
    "double below 0": (grey) => Float64Array.from(grey, (v) => v * 3 - 300),
    int16: (grey) => Int16Array.from(grey, (v) => v * 100),
    "int16 below 0": (grey) => Int16Array.from(grey, (v) => v * 100 - 20000),
    uint16: (grey) => Uint16Array.from(grey, (v) => v * 16),
    uint32: (grey) => Uint32Array.from(grey, (v) => v * 1e6),
    int32: (grey) => Int32Array.from(grey, (v) => v * 1e6 - 1e7),
    int8: (grey) => Int8Array.from(grey, (v) => v / 2),
  };

  it.each(Object.keys(types))("of type %s give what lies between their percentiles as 0 to 255", async (name) => {
    const folder = await set(types[name] as (grey: Uint8Array) => Numbers);
    const values = scenes.map(({ grey }) => Array.from((types[name] as (grey: Uint8Array) => Numbers)(grey)));
    const [low, high] = [0.1, 99.9].map((percent) => percentile(values.flatMap(smooth), percent)) as [number, number];
    const expected = values.map((image) =>
      Uint8Array.from(image, (value) => Math.min(255, Math.max(0, Math.round((255 * (value - low)) / (high - low))))),
    );
    expect(farthest(await levels(folder), expected)).toBeLessThanOrEqual(name === "uint16" ? 0 : 1);
  });

  it("are read by a declared window, by their type, as they are, or by percentiles of each image", async () => {
    const folder = await set((grey, one) => Uint16Array.from(grey, (v) => v * (one === scene ? 16 : 8)));
    const [first, second] = (await levels(folder, { intensity: { mode: "range", low: 0, high: 4080 } })) as [
      Uint8Array,
      Uint8Array,
    ];
    expect(farthest([first], [scene.grey])).toBe(0);
    expect(farthest([second], [scenes[1].grey.map((v) => Math.round(v / 2))])).toBe(0);
    const byType = await levels(folder, { intensity: { mode: "type" } });
    expect(farthest(byType.slice(0, 1), [scene.grey.map((v) => Math.round((v * 16 * 255) / 65535))])).toBe(0);
    const apiece = await levels(folder, { intensity: { mode: "percentile", per: "image" } });
    expect(apiece.map((image) => [Math.min(...image), Math.max(...image)])).toEqual([
      [0, 255],
      [0, 255],
      [0, 255],
    ]);
    await expect(levels(folder, { intensity: { mode: "none" } })).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    const small = await set((grey) => Uint16Array.from(grey));
    expect(
      farthest(
        await levels(small, { intensity: { mode: "none" } }),
        scenes.map(({ grey }) => grey),
      ),
    ).toBe(0);
  });

  it("with NaN are named with their number, and read with the value that stands for them", async () => {
    const folder = await set((grey) => Float32Array.from(grey, (v, i) => (i % (side + 1) === 0 ? Number.NaN : v / 255)));
    await expect(Dataset.open(folder)).rejects.toThrow(new RegExp(`holds ${side} values that are no numbers`));
    const filled = await levels(folder, { nan: 0 });
    expect(filled[0]?.[0]).toBe(0);
    expect(filled[0]?.[1]).toBeGreaterThan(0);
  });

  it("keep their mapping whatever bright single pixels they have, and lose these", async () => {
    const plain = await set((grey) => Uint16Array.from(grey, (v) => v * 16));
    const isHot = (at: number) => at % 997 === 100;
    const hot = await set((grey) => Uint16Array.from(grey, (v, i) => (isHot(i) ? 65535 : v * 16)));
    const [a, b] = [await levels(plain), await levels(hot)];
    for (const [i, image] of a.entries()) {
      const expected = image.map((value, at) => (isHot(at) ? second(around(image, at)) : value));
      expect(farthest([b[i] as Uint8Array], [expected])).toBe(0);
    }
  });

  it("that hold no cell are not stretched until their noise is as bright as cells", async () => {
    const random = numbers(3);
    const noise = () => random() - 0.5;
    const empty = await set((grey) => Uint16Array.from(grey, () => 400 + 80 * (noise() + noise() + noise())), [scene]);
    const [dark] = (await levels(empty, { intensity: { mode: "percentile", per: "image" } })) as [Uint8Array];
    expect(percentile(Array.from(dark), 99.9)).toBeLessThan(128);
  });

  it("are verified by what they hold: one hot pixel changes no word", async () => {
    for (const hot of [0, 65535]) {
      const folder = await set((grey) => Uint16Array.from(grey, (v, i) => (i === 77 ? hot : v)));
      const asked = await verifyDataset(folder, { intensity: { mode: "type" } });
      expect(asked.dark).toEqual(asked.files.map(({ image }) => image));
      const usual = await verifyDataset(folder);
      expect(usual.dark).toEqual([]);
      expect(usual.intensity).toMatchObject({ mode: "percentile", low: 0.1, high: 99.9, per: "dataset", types: ["uint16"] });
    }
  });
});

it("bytes are taken as they are, in sets with other types too", async () => {
  const folder = await set((grey, one) => (one === scene ? grey : Uint16Array.from(grey, (v) => v * 16)));
  expect(farthest((await levels(folder)).slice(0, 1), [scene.grey])).toBe(0);
  const all = await set((grey) => grey);
  using data = await Dataset.open(all);
  expect(data.intensity).toEqual({ mode: "none", per: "dataset", channels: "together", types: ["uint8"], windows: {} });
});

describe("a rule that was learnt", () => {
  it("maps other images of its type as its own, whatever these hold", async () => {
    using train = await Dataset.open(await set((grey) => Uint16Array.from(grey, (v) => v * 16)));
    const dim = await set((grey) => Uint16Array.from(grey, (v) => v * 4));
    const [image] = await levels(dim, { intensity: train.intensity });
    const [[low, high]] = train.intensity.windows.uint16 as [[number, number, number, number]];
    const expected = scene.grey.map((v) => Math.min(255, Math.max(0, Math.round((255 * (v * 4 - low)) / (high - low)))));
    expect(farthest([image as Uint8Array], [expected])).toBe(0);
  });

  const greys = scenes.map(({ grey }) => grey);

  it("makes images of another type as bright as its own, whatever their exposure, and says so", async () => {
    using train = await Dataset.open(await set((grey) => grey));
    const intensity = (await learntRule(train)) as IntensityRule;
    const random = numbers(5);
    for (const gain of [4, 16, 64, 256]) {
      const camera = (value: number, i: number) => (i === 500 ? 65535 : Math.round((value + random() - 0.5) * gain));
      const folder = await set((grey) => Uint16Array.from(grey, camera));
      using data = await Dataset.open(folder, { intensity });
      expect(data.notes.join()).toMatch(/have 16 bits, and the model was trained on 8 bits/);
      const seen = await levels(folder, { intensity });
      const differing = seen.map((image, i) => image.filter((v, at) => Math.abs(v - (greys[i]?.[at] as number)) > 2).length);
      expect(differing).toEqual([1, 1, 1]);
    }
  });

  it("takes images of 8 bits that were saved in another type as these bytes", async () => {
    using train = await Dataset.open(await set((grey) => grey.map((value) => value / 2)));
    const intensity = (await learntRule(train)) as IntensityRule;
    const stored: ((value: number, i: number) => number)[] = [
      (value, i) => (i === 500 ? 65535 : value * 16),
      (value) => Math.round(value * 64.25),
      (value) => Math.min(65535, value * 420), // the brightest are cut off
    ];
    for (const value of stored) {
      const folder = await set((grey) => Uint16Array.from(grey, value));
      using data = await Dataset.open(folder, { intensity });
      expect(data.notes.join()).toMatch(/apart: they are taken as the images of 8 bits/);
      const seen = await levels(folder, { intensity });
      const differing = seen.map(
        (image, i) =>
          image.filter((v, at) => v !== Math.min(greys[i]?.[at] as number, Math.round(value(255, 0) / value(1, 0)))).length,
      );
      expect(Math.max(...differing)).toBeLessThanOrEqual(1);
    }
    const shares = await set((grey) => Float32Array.from(grey, (value) => value / 255));
    expect(farthest(await levels(shares, { intensity }), greys)).toBe(0);
  });

  it("does not blow up images without a cell", async () => {
    const random = numbers(7);
    const ground = () => 12 + 4 * (random() + random() - 1);
    using train = await Dataset.open(await set((grey) => grey.map((value) => (value > 100 ? value : ground()))));
    const intensity = (await learntRule(train)) as IntensityRule;
    const empty = await set((grey) => Uint16Array.from(grey, () => Math.round(16 * ground())));
    for (const image of await levels(empty, { intensity })) expect(Math.max(...image)).toBeLessThan(40);
  });

  it("has one window for each stain where channels were chosen", async () => {
    const folder = temporary();
    mkdirSync(join(folder, "images"));
    const rgb = Uint16Array.from(
      { length: 3 * side * side },
      (_, i) => (scene.grey[Math.floor(i / 3)] as number) * ([16, 1, 64][i % 3] as number),
    );
    const raw = { width: side, height: side, channels: 3 as const };
    await sharp(rgb, { raw }).toColourspace("rgb16").png().toFile(join(folder, "images/a.png"));
    await writePixels(folder, "masks/a.png", scene.mask);
    using stains = await Dataset.open(folder, { channels: [0, 1, 2] });
    expect(stains.intensity).toMatchObject({ channels: "apart" });
    expect(stains.intensity.windows.uint16).toHaveLength(3);
    using colours = await Dataset.open(folder);
    expect(colours.intensity.windows.uint16).toHaveLength(1);
  });

  it.each([
    [{ mode: "range", low: 5, high: 5 }, /high .* must be above low/],
    [{ mode: "range" }, /low .* is needed by the mode range/],
    [{ mode: "percentile", high: 101 }, /must be a percentage/],
    [{ mode: "type", low: 3 }, /has no meaning in the mode type/],
    [{ mode: "percentil" }, /percentile/],
  ] as const)("options %j are refused by name", async (intensity, pattern) => {
    await expect(Dataset.open(await set((grey) => grey), { intensity: intensity as never })).rejects.toThrow(pattern);
  });
});
