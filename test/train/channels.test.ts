/** A network remembers the channels that were taken of its training images, and opacity is not left out in silence. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Dataset, Evaluator, Model, Predictor, Trainer, verifyDataset } from "../../lib/index.js";
import { tiff } from "../dataset/layouts/binary.js";
import { scenes, writePixels, writeText } from "../dataset/layouts/scene.js";
import { temporary } from "../temporary.js";
import { quick } from "./toy.js";

const description = "ImageJ=1.53t\nimages=2\nchannels=2\n";
let folder: string;
let model: Model;
let file: string;
beforeAll(async () => {
  folder = temporary();
  for (const [i, { grey, mask }] of scenes.entries()) {
    writeText(folder, `images/${i}.tif`, tiff([grey.map((value) => 255 - value), grey], { description }));
    await writePixels(folder, `masks/${i}.png`, mask);
  }
  using data = await Dataset.open(folder, { channels: [1] });
  model = await Model.create({ encoder: "efficientnet-b0", seed: 3 });
  const runFolder = join(temporary(), "run");
  using trainer = new Trainer(model, {
    ...quick,
    train: data.subset([0, 1]),
    validation: data.subset([2]),
    epochs: 1,
    runFolder,
  });
  await trainer.fit();
  file = join(runFolder, "checkpoint-last.safetensors");
});
afterAll(() => model.close());

it("a checkpoint carries the channels, and prediction takes them", async () => {
  using loaded = await Model.load(file);
  expect(loaded.channels).toEqual([1]);
  const grey = temporary();
  await writePixels(grey, "a.png", scenes[0].grey);
  const predictor = new Predictor(loaded);
  const seen = await predictor.predict(join(folder, "images/0.tif"));
  const other = await predictor.predict(join(folder, "images/0.tif"), { channels: [0] });
  const alone = await predictor.predict(join(grey, "a.png"), { channels: [0] });
  expect(seen.probability).toEqual(alone.probability);
  expect(other.probability).not.toEqual(alone.probability);
  await expect(predictor.predict(join(grey, "a.png"))).rejects.toThrow(/has no channel 1; it has 1 channel/);
});

it("sets without that choice of channels are refused, with the option that makes it", async () => {
  const colours = temporary();
  await writePixels(colours, "images/a.png", scenes[0].rgb);
  await writePixels(colours, "masks/a.png", scenes[0].mask);
  using set = await Dataset.open(colours);
  const fix = expect.stringContaining("model.channels");
  await expect(new Evaluator(model).evaluate(set)).rejects.toMatchObject({ code: "ACINUS_CONFIG", fix });
  using chosen = await Dataset.open(colours, { channels: ["blue"] });
  expect((await new Evaluator(model).evaluate(chosen)).images).toBe(1);
});

it("opacity that is not full is left out with a word, in 8 and 16 bits", async () => {
  const { grey, mask } = scenes[0];
  for (const scale of [1, 257]) {
    for (const [opacity, said] of [
      [255, false],
      [7, true],
    ] as const) {
      const set = temporary();
      const pairs = Array.from({ length: 2 * grey.length }, (_, i) =>
        i % 2 === 1 ? (i === 41 ? opacity : 255) * scale : (grey[i / 2] as number) * scale,
      );
      const values = scale === 1 ? Uint8Array.from(pairs) : Uint16Array.from(pairs);
      await writePixels(set, "images/a.png", values);
      await writePixels(set, "masks/a.png", mask);
      expect(/has opacity \(alpha\)/.test((await verifyDataset(set)).notes.join())).toBe(said);
      const notes: string[] = [];
      await new Predictor(model).predict(join(set, "images/a.png"), { channels: [0], onNote: (note) => notes.push(note) });
      expect(/has opacity \(alpha\)/.test(notes.join())).toBe(said);
    }
  }
});
