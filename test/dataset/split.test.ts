import { describe, expect, it } from "vitest";
import { type SplitInput, splitIndices } from "../../lib/dataset/split.js";

/** `perGroup` images in each group; every fifth image pair has cells, so that 40 % have. */
function images(count: number, perGroup = 1): SplitInput[] {
  return Array.from({ length: count }, (_, i) => ({
    group: String(Math.floor(i / perGroup)),
    hasCells: i % 5 < 2,
    contentHash: String(i),
  }));
}
const withCells = (items: readonly SplitInput[], part: readonly number[]) => part.filter((i) => items[i]?.hasCells).length;

describe("splitIndices", () => {
  it("puts every image into exactly one part", () => {
    const items = images(97);
    const { train, validation, test } = splitIndices(items, { validation: 0.2, test: 0.1, seed: 3 });
    expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual(items.map((_, i) => i));
  });

  it.each([1, 2, 3, 4, 5])("gives the wanted sizes and equal shares of empty images with seed %i", (seed) => {
    const items = images(100);
    const { train, validation, test } = splitIndices(items, { validation: 0.2, test: 0.1, seed });
    expect([train.length, validation.length, test.length]).toEqual([70, 20, 10]);
    expect([train, validation, test].map((part) => withCells(items, part))).toEqual([28, 8, 4]);
  });

  it("never tears a group apart, and still comes near the wanted shares", () => {
    for (let seed = 0; seed < 20; seed++) {
      const items = images(200, 7);
      const { train, validation } = splitIndices(items, { validation: 0.25, seed });
      const groups = new Set(train.map((i) => items[i]?.group));
      expect(validation.filter((i) => groups.has(items[i]?.group))).toEqual([]);
      expect(Math.abs(validation.length - 50)).toBeLessThanOrEqual(7);
      expect(Math.abs(withCells(items, validation) - 20)).toBeLessThanOrEqual(4);
    }
  });

  it("keeps copies of an image together even when their groups differ", () => {
    const items = images(60).map((item, i) => ({ ...item, contentHash: String(i % 30) }));
    const { validation } = splitIndices(items, { validation: 0.3, seed: 1 });
    for (const i of validation) expect(validation).toContain((i + 30) % 60);
  });

  it("does not take blank images for copies of each other", () => {
    const items = images(20).map((item) => ({ ...item, contentHash: "blank-40x40-0,0,0" }));
    expect(splitIndices(items, { validation: 0.2 }).validation.length).toBe(4);
  });

  it("is the same for the same seed and another for another", () => {
    const split = (seed: number) => splitIndices(images(100), { validation: 0.2, seed }).validation;
    expect(split(4)).toEqual(split(4));
    expect(split(4)).not.toEqual(split(5));
  });

  it("leaves no part empty while there are as many groups as parts, and says so when there are not", () => {
    const items = images(20, 10);
    const { train, validation } = splitIndices(items, { validation: 0.1 });
    expect([train.length, validation.length]).toEqual([10, 10]);
    expect(() => splitIndices(images(5, 5), { validation: 0.2 })).toThrow(/5 images in 1 groups cannot be split into 2 parts/);
  });

  it.each([{ validation: 0 }, { validation: 1 }, { validation: 0.6, test: 0.4 }, { validation: Number.NaN }])(
    "refuses %j",
    (options) => {
      expect(() => splitIndices(images(10), options)).toThrow(expect.objectContaining({ code: "ACINUS_CONFIG" }));
    },
  );
});
