import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dataset, Ensemble, Evaluator, Model, Predictor } from "../../lib/index.js";
import { scenes, side } from "../dataset/layouts/scene.js";
import { largestDifference } from "../within.js";
import { picture } from "./pictures.js";

const models: Model[] = [];
beforeAll(async () => {
  for (const seed of [1, 2, 3])
    models.push(await Model.create({ encoder: "efficientnet-b0", decoderChannels: [16, 16, 16, 16, 16], seed }));
});
afterAll(() => models.forEach((model) => void model.close()));

const mean = (lists: readonly Float32Array[]) =>
  (lists[0] as Float32Array).map((_, i) => lists.reduce((sum, list) => sum + (list[i] as number), 0) / lists.length);

describe("an ensemble", () => {
  it.each([{ tile: 0 }, { tile: 64, overlap: 16, tta: true }])(
    "predicts the mean of its members' probabilities: %j",
    async (options) => {
      const image = picture(90, 75, 1);
      const of = async (model: Model | Ensemble) => (await new Predictor(model, options).predict(image)).probability;
      const expected = mean(await Promise.all(models.map(of)));
      expect(largestDifference(await of(new Ensemble(models)), expected)).toBeLessThan(1e-6);
    },
  );

  it("predicts it in strips too", async () => {
    const image = picture(200, 75, 2);
    const predictor = new Predictor(new Ensemble(models), { tile: 64, overlap: 16 });
    const whole = await predictor.predict(image);
    const rows: number[] = [];
    for await (const { probability } of await predictor.strips(image)) rows.push(...probability);
    expect(largestDifference(rows, whole.probability)).toBeLessThan(1e-6);
  });

  it("is scored as what it predicts", async () => {
    using data = await Dataset.from(scenes.map(({ rgb, mask }) => ({ image: rgb, mask, height: side, width: side })));
    const ensemble = new Ensemble(models);
    const { threshold } = { threshold: 0.45 };
    const { perImageScores } = await new Evaluator(ensemble, { threshold }).evaluate(data);
    for (const [i, { rgb, mask }] of scenes.entries()) {
      const found = await new Predictor(ensemble, { threshold }).predict({ data: rgb, height: side, width: side });
      const both = found.mask.reduce((sum, cell, at) => sum + (cell && mask[at] ? 1 : 0), 0);
      expect(perImageScores[i]?.tp).toBe(both);
    }
  });

  it("refuses members that see images otherwise, and none", async () => {
    using other = await Model.create({ encoder: "efficientnet-b0", decoderChannels: [16, 16, 16, 16, 16], seed: 4 });
    other.channels = [0];
    expect(() => new Ensemble([...models, other])).toThrow(/Members 0 and 3 were trained on images with other channels/);
    expect(() => new Ensemble([])).toThrow(/Members must be a list/);
  });

  it("takes members that saw images of other brightness, as those of folds did, and averages it", async () => {
    const members = await Promise.all(
      [0, 1].map((seed) => Model.create({ encoder: "efficientnet-b0", decoderChannels: [16, 16, 16, 16, 16], seed })),
    );
    const dark = { percentiles: [0, 20, 40, 60, 80], noise: 1 };
    const bright = { percentiles: [10, 60, 80, 100, 120], noise: 3 };
    const mapping = { mode: "percentile", low: 0.1, high: 99.9, per: "dataset", channels: "together" } as const;
    const seen = { ...mapping, types: ["uint8" as const], windows: {} };
    for (const [i, levels] of [dark, bright].entries()) (members[i] as Model).intensity = { ...seen, levels: [levels] };
    using ensemble = new Ensemble(members);
    expect(ensemble.intensity).toEqual({ ...seen, levels: [{ percentiles: [5, 40, 60, 80, 100], noise: 2 }] });
    (members[1] as Model).intensity = { ...seen, low: 1 };
    expect(() => new Ensemble(members)).toThrow(/Members 0 and 1 were trained on images with other ranges of grey values/);
  });

  it("takes a rule for its cells where its members agree", () => {
    const ensemble = new Ensemble(models);
    expect(ensemble.cells).toBeUndefined();
    ensemble.useCells({ threshold: 0.4, separation: {} });
    expect(new Predictor(ensemble).config.threshold).toBe(0.4);
  });
});
