import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { type ArraySample, Dataset } from "../../lib/index.js";
import { Model } from "../../lib/model/model.js";
import { temporary } from "../temporary.js";
import { cells, scenes, side, writePixels } from "./layouts/scene.js";

const size = { height: side, width: side };
const arrays = scenes.map(
  ({ rgb, mask, labels }, i): ArraySample => ({
    ...{ name: `scene ${i}`, image: rgb, mask, ...size, pixelSize: 0.5, labels: Int32Array.from(labels) },
  }),
);

/** Images that differ in a pixel; every third has no cells. */
const many = (count: number): ArraySample[] =>
  Array.from({ length: count }, (_, i) => {
    const { rgb, mask } = scenes[i % 3] as (typeof scenes)[number];
    const image = rgb.map((value, at) => (at === i ? 255 - value : value));
    return { image, mask: i % 3 === 2 ? mask.map(() => 0) : mask, ...size, group: `patient ${Math.floor(i / 2)}` };
  });

describe("Dataset.from", () => {
  it("gives what the same images give as files", async () => {
    const folder = temporary();
    for (const [i, { image, mask }] of arrays.entries()) {
      await writePixels(folder, `images/${i}.png`, image);
      await writePixels(folder, `masks/${i}.png`, mask as Uint8Array);
    }
    using found = await Dataset.from(arrays);
    using expected = await Dataset.open(folder);
    for (const what of ["contentHashes", "maskHashes", "maskStatistics", "sizes", "statistics"] as const)
      expect(found[what]).toEqual(expected[what]);
    const { image, mask } = await found.at(1).pixels();
    expect([image.data, mask]).toEqual([scenes[1].rgb, scenes[1].mask.map((value) => (value ? 1 : 0))]);
    expect([found.at(1).name, found.at(1).pixelSize, (await found.at(1).instances())?.count]).toEqual(["scene 1", 0.5, cells]);
  });

  it("takes cells alone, and pixels that are ignored", async () => {
    const { labels, ...rest } = arrays[0] as ArraySample;
    const { mask: _, ...cellsAlone } = { ...rest, labels };
    const ignored = (rest.mask as Uint8Array).map((value, i) => (i < 100 ? 2 : value));
    using data = await Dataset.from([cellsAlone, { ...rest, mask: ignored }]);
    expect(data.layout.truth).toBe("labels");
    expect(data.maskStatistics[0]?.area).toBe(scenes[0].mask.filter((value) => value > 0).length);
    expect(data.maskStatistics[1]?.pixels).toBe(side * side - 100);
  });

  it.each([
    [{ ...arrays[0], mask: new Uint8Array(side * side).fill(7) }, /samples\[0\]\.mask/i],
    [{ ...arrays[0], mask: new Uint8Array(5) }, /samples\[0\]\.mask/i],
    [{ ...arrays[0], image: new Uint8Array(5) }, /samples\[0\]\.image/i],
    [{ ...arrays[0], masks: new Uint8Array(5) }, /has no option "masks"/],
  ])("refuses what is no sample, by its name: %#", async (sample, message) => {
    await expect(Dataset.from([sample as ArraySample])).rejects.toMatchObject({
      code: expect.stringMatching(/ACINUS_(INVALID_ARGUMENT|CONFIG)/),
      message: expect.stringMatching(message),
    });
  });
});

describe("images without masks", () => {
  it("are a set that can be looked at, and that nothing is scored on", async () => {
    const folder = temporary();
    for (const [i, { rgb }] of scenes.entries()) await writePixels(folder, `${i}.png`, rgb);
    using data = await Dataset.openImages(folder);
    expect([data.length, data.maskStatistics, data.files[0]?.mask]).toEqual([3, [null, null, null], null]);
    const { image, mask } = await data.at(2).pixels();
    expect([image.data, mask]).toEqual([scenes[2].rgb, null]);
    using model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
    await expect(new Evaluator(model).evaluate(data)).rejects.toMatchObject({ code: "ACINUS_MISSING_MASK" });
  });
});

describe("folds", () => {
  it("have each image in one validation set, groups together, and like shares of empty images", async () => {
    using data = await Dataset.from(many(24));
    const folds = data.folds(4, { seed: 3 });
    const names = folds.map(({ validation }) => validation.files.map(({ image }) => image));
    expect(names.flat().sort()).toEqual(data.files.map(({ image }) => image).sort());
    for (const { train, validation } of folds) {
      expect(train.length + validation.length).toBe(24);
      expect(validation.groups.filter((group) => train.groups.includes(group))).toEqual([]);
      expect(validation.statistics.withoutCells).toBe(2);
    }
    expect(data.folds(4, { seed: 3 }).map(({ validation }) => validation.files)).toEqual(
      folds.map(({ validation }) => validation.files),
    );
    expect(() => data.folds(13)).toThrow(/12 groups/);
  });

  it("can be stored, and are refused beside other images", async () => {
    const path = join(temporary(), "folds.json");
    using data = await Dataset.from(many(12));
    const written = await data.saveFolds(path, 3);
    using again = await Dataset.from(many(12).reverse());
    const read = await again.openFolds(path);
    const contents = (folds: typeof read) => folds.map(({ validation }) => [...validation.contentHashes].sort());
    expect(contents(read)).toEqual(contents(written));
    using others = await Dataset.from(many(13));
    await expect(others.openFolds(path)).rejects.toMatchObject({ code: "ACINUS_DATA_CHANGED", file: path });
    writeFileSync(path, "{}");
    await expect(data.openFolds(path)).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
  });
});

it("a sample has like shares of empty images, and a smaller one is part of a larger", async () => {
  using data = await Dataset.from(many(30));
  const [tenth, half] = [data.sample(0.1, 5), data.sample(0.5, 5)];
  expect([tenth.length, tenth.statistics.withoutCells, half.length, half.statistics.withoutCells]).toEqual([3, 1, 15, 5]);
  expect(half.contentHashes).toEqual(expect.arrayContaining([...tenth.contentHashes]));
  expect(data.sample(0.5, 6).contentHashes).not.toEqual(half.contentHashes);
  expect(() => data.sample(0)).toThrow(/Share/);
});

it("a model gives its own input of pixels, with its own options of the edges", async () => {
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1, edges: { scale: "fixed" } });
  using plain = await Model.create({ encoder: "efficientnet-b0", seed: 1, inputMode: "drop" });
  const pixels = { data: scenes[0].rgb, ...size };
  const [found, rgb] = [model.input(pixels), plain.input(pixels)];
  expect([found.shape, rgb.shape]).toEqual([
    [1, 4, side, side],
    [1, 3, side, side],
  ]);
  expect(found.data.subarray(0, 3 * side * side)).toEqual(rgb.data);
  using other = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  expect(other.input(pixels).data).not.toEqual(found.data);
  expect((await model.forward(found.data, found.shape)).shape).toEqual([1, 1, side, side]);
});
