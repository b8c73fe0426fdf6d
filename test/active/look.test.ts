import { beforeAll, describe, expect, it } from "vitest";
import { aboveQuantile } from "../../lib/active/look.js";
import { Dataset, Model, Predictor } from "../../lib/index.js";
import { lookAt } from "../../lib/predict/look.js";
import { fill } from "../model/formula.js";
import { picture } from "../predict/pictures.js";

const [height, width] = [41, 52];
let model: Model;
let data: Dataset;
const mask = Uint8Array.from({ length: height * width }, (_, i) => (i % 11 === 0 ? 2 : Number(i % width > 30)));
beforeAll(async () => {
  model = await fill(await Model.create({ architecture: "unet-ronneberger", width: 4, dropout: 0.4 }));
  data = await Dataset.from([{ image: picture(height, width, 3).data, height, width, mask }]);
});

describe("a look at a stored image", () => {
  const [passes, seed, bins, confidence] = [5, 3, 64, 0.6];

  it.each(["entropy", "bald"] as const)("counts the pixels of the %s map by bin and truth, and gives its means", async (by) => {
    const found = await lookAt(model, data, 0, { by, passes, seed, bins, confidence: 0 });
    const maps = await new Predictor(model).uncertainty(picture(height, width, 3), { passes, seed });
    const counts = [new Float64Array(bins), new Float64Array(bins)] as const;
    for (const [i, value] of maps[by].entries()) {
      const bin = Math.min(bins - 1, Math.floor((value / Math.LN2) * bins));
      if (mask[i] !== 2) (counts[mask[i] as 0 | 1][bin] as number)++;
    }
    expect([found.background, found.cells]).toEqual(counts);
    expect([found.meanEntropy, found.meanBald]).toEqual([maps.meanEntropy, maps.meanBald]);
    expect([found.pseudo, found.labelled]).toEqual([null, 0]);
  });

  it("labels the pixels that the mean of the passes is confident of, and ignores the others", async () => {
    const found = await lookAt(model, data, 0, { by: "entropy", passes, seed, bins, confidence });
    const { probability } = await new Predictor(model).uncertainty(picture(height, width, 3), { passes, seed });
    const expected = Uint8Array.from(probability, (p) => (p >= confidence ? 1 : p <= 1 - confidence ? 0 : 2));
    expect(found.pseudo).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(1);
    expect(found.labelled).toBe(expected.filter((value) => value !== 2).length);
  });
});

describe("the share of high uncertainty that is background", () => {
  it("is that of the pixels in the bins above the one that holds the quantile", () => {
    const [background, cells] = [Float64Array.of(80, 4, 6, 2), Float64Array.of(0, 4, 2, 2)];
    expect(aboveQuantile(background, cells, 0.88)).toEqual({
      ...{ threshold: Math.LN2 / 2, backgroundShare: 8 / 12, background: 0.92 },
    });
    expect(aboveQuantile(background, cells, 0)).toMatchObject({ threshold: Math.LN2 / 4, backgroundShare: 12 / 20 });
  });

  it("is null where all pixels are alike", () => {
    expect(aboveQuantile(Float64Array.of(5, 0), Float64Array.of(1, 0), 0.95).backgroundShare).toBeNull();
    expect(aboveQuantile(new Float64Array(3), new Float64Array(3), 0.95)).toMatchObject({
      backgroundShare: null,
      background: 0,
    });
  });
});
