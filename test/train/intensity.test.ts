/** A network carries how the grey values of its training images were mapped, and training, evaluation and prediction map alike. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Dataset, Evaluator, Model, Predictor, Trainer, type TrainerOptions } from "../../lib/index.js";
import { tiff } from "../dataset/layouts/binary.js";
import { scenes, writePixels, writeText } from "../dataset/layouts/scene.js";
import { temporary } from "../temporary.js";
import { quick } from "./toy.js";

/** images/ of the scenes in 16 bits, every grey value times `gain`, and masks/; without a gain in 8 bits. */
async function scenesAt(gain?: number): Promise<string> {
  const folder = temporary();
  for (const [i, { grey, mask }] of scenes.entries()) {
    const values = gain === undefined ? grey : Uint16Array.from(grey, (value) => value * gain);
    writeText(folder, `images/${i}.tif`, tiff([values]));
    await writePixels(folder, `masks/${i}.png`, mask);
  }
  return folder;
}

const runFolder = join(temporary(), "run");
let folder: string;
let data: Dataset;
let model: Model;
const options = (): TrainerOptions => {
  return { ...quick, train: data.subset([0, 1]), validation: data.subset([2]), epochs: 1, runFolder };
};
beforeAll(async () => {
  folder = await scenesAt(16);
  data = await Dataset.open(folder);
  model = await Model.create({ encoder: "efficientnet-b0", seed: 3 });
  using trainer = new Trainer(model, options());
  await trainer.fit();
});
afterAll(() => {
  data.close();
  model.close();
});

it("the mapping stands in the checkpoint and in config.json, and is saved with the network", async () => {
  const { intensity } = JSON.parse(readFileSync(join(runFolder, "config.json"), "utf8"));
  expect(intensity).toMatchObject({ mode: "percentile", types: ["uint16"], windows: data.intensity.windows });
  expect(intensity.levels).toEqual([{ percentiles: expect.any(Array), noise: expect.any(Number) }]);
  const other = join(temporary(), "copy.safetensors");
  await model.save(other);
  for (const file of [join(runFolder, "checkpoint-last.safetensors"), other]) {
    using loaded = await Model.load(file);
    expect(loaded.intensity).toEqual(intensity);
  }
});

it("a run goes on with its mapping and with no other", async () => {
  using again = new Trainer(model, { ...options(), epochs: 2, resume: true });
  expect((await again.fit()).epoch).toBe(2);
  using otherwise = await Dataset.open(folder, { intensity: { mode: "type" } });
  const sets = { train: otherwise.subset([0, 1]), validation: otherwise.subset([2]) };
  using refused = new Trainer(model, { ...options(), ...sets, epochs: 3, resume: true });
  await expect(refused.fit()).rejects.toThrow(/another mapping of grey values/);
});

it("evaluation and prediction see the same pixels, in the training's type and in another", async () => {
  for (const gain of [16, undefined]) {
    const there = await scenesAt(gain);
    using set = await Dataset.open(there, { intensity: model.intensity });
    const { perImageScores } = await new Evaluator(model).evaluate(set);
    const among = set.files.map(({ image }) => image);
    const predictor = new Predictor(model);
    for (const [i, image] of among.entries()) {
      const { mask } = await predictor.predict(image, { among });
      const { tp, fp } = perImageScores[i] as (typeof perImageScores)[number];
      expect(mask.reduce((sum, cell) => sum + cell, 0)).toBe(tp + fp);
    }
  }
});

it("sets that were mapped otherwise are refused, with the option that maps them alike", async () => {
  using own = await Dataset.open(await scenesAt(64));
  const evaluating = new Evaluator(model).evaluate(own);
  await expect(evaluating).rejects.toMatchObject({ code: "ACINUS_CONFIG", fix: expect.stringContaining("model.intensity") });
  expect(() => new Trainer(model, { ...quick, train: data, validation: own, epochs: 1 })).toThrow(/mapped otherwise/);
});

it("a network that carries no mapping reads 16 bits over their whole range, as networks before it", async () => {
  using before = await Model.create({ encoder: "efficientnet-b0", seed: 3 });
  const [eight, sixteen] = [await scenesAt(), await scenesAt(257)];
  const predictor = new Predictor(before);
  const [a, b] = [await predictor.predict(join(eight, "images/0.tif")), await predictor.predict(join(sixteen, "images/0.tif"))];
  expect(b.probability).toEqual(a.probability);
});
