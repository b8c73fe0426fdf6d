import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commonPixelSize } from "../../lib/dataset/pixel-size.js";
import { type ArraySample, Dataset, Evaluator, Model, Predictor, Trainer } from "../../lib/index.js";
import { temporary } from "../temporary.js";
import { quick } from "../train/toy.js";
import { numbers } from "./pictures.js";

const side = 64;
/** µm: what is drawn is as large whatever the pixels are. */
const trained = 0.5;

/** Nuclei in a field of 32 µm, `times` as finely resolved as the training's; noise has the same grain in µm. */
function field(seed: number, times = 1): ArraySample {
  const random = numbers(seed);
  const nuclei = Array.from({ length: 3 }, () => [10 + 44 * random(), 10 + 44 * random(), 5 + 4 * random()] as const);
  const noise = Array.from({ length: side * side }, () => 40 * random());
  const length = side * times;
  const at = (i: number) => [((i % length) + 0.5) / times, (Math.floor(i / length) + 0.5) / times] as const;
  const mask = Uint8Array.from({ length: length * length }, (_, i) => {
    const [x, y] = at(i);
    return nuclei.some(([cx, cy, r]) => (x - cx) ** 2 + (y - cy) ** 2 < r * r) ? 1 : 0;
  });
  const image = new Uint8Array(3 * mask.length);
  for (const [i, cell] of mask.entries()) {
    const [x, y] = at(i);
    image.fill((cell ? 150 : 30) + (noise[Math.floor(y) * side + Math.floor(x)] as number), 3 * i, 3 * i + 3);
  }
  return { name: `field ${seed}`, image, mask, height: length, width: length, pixelSize: trained / times };
}

const fields = (times: number, count = 4) => Dataset.from(Array.from({ length: count }, (_, i) => field(100 + i, times)));
const diceOf = async (network: Model, data: Dataset, rescale = true) => {
  const notes: string[] = [];
  const { dicePerImage, objects } = await new Evaluator(network, { rescale }).evaluate(data, {
    onNote: (note) => notes.push(note),
  });
  return { dice: dicePerImage.value, objects, notes };
};

let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", decoderChannels: [16, 16, 16, 16, 16], seed: 5 });
  using train = await Dataset.from(Array.from({ length: 8 }, (_, i) => field(i)));
  using validation = await fields(1, 2);
  using trainer = new Trainer(model, { ...quick, accumulation: 1, train, validation, epochs: 8 });
  await trainer.fit();
});
afterAll(() => model.close());

describe("a model that knows the pixel size of its training", () => {
  it("finds at twice and at half the resolution what it finds at its own, and says how it looked", async () => {
    using own = await fields(1);
    using fine = await fields(2);
    using coarse = await fields(0.5);
    const expected = await diceOf(model, own);
    expect(expected.dice).toBeGreaterThan(0.7);
    expect(expected.notes).toEqual([]);
    const found = await diceOf(model, fine);
    expect(Math.abs(found.dice - expected.dice)).toBeLessThan(0.02);
    expect(found.objects.predicted).toBe(expected.objects.predicted);
    expect(found.notes).toEqual([
      expect.stringMatching(/0\.25 µm per pixel are seen at the 0\.5 µm of the training, reduced to 0\.50/),
    ]);
    expect((await diceOf(model, coarse)).dice).toBeGreaterThan(expected.dice - 0.1);
    expect((await diceOf(model, fine, false)).notes).toEqual([]);
  });

  it("predicts on the image's own pixels: probabilities linear, labels nearest", async () => {
    const predictor = new Predictor(model);
    const [fine, own] = [field(100, 2), field(100)];
    const pixels = ({ image, height, width }: ArraySample) => ({ data: image, height, width });
    const found = await predictor.predict(pixels(fine), { pixelSize: 0.25 });
    const expected = await predictor.predict(pixels(own), { pixelSize: 0.5 });
    expect([found.height, found.width, found.pixelSize]).toEqual([2 * side, 2 * side, 0.25]);
    expect(found.instances.length).toBe(expected.instances.length);
    // The image shrinks to the training's by the mean of four equal pixels nearly, and each pixel becomes four.
    let [same, near] = [0, 0];
    for (let i = 0; i < found.mask.length; i++) {
      const at = Math.floor(i / (2 * side) / 2) * side + Math.floor((i % (2 * side)) / 2);
      same += found.mask[i] === expected.mask[at] ? 1 : 0;
      near += Math.abs((found.probability[i] as number) - (expected.probability[at] as number)) < 0.25 ? 1 : 0;
    }
    expect(same / found.mask.length).toBeGreaterThan(0.97);
    expect(near / found.mask.length).toBeGreaterThan(0.9);
    expect((await predictor.predict(pixels(fine))).probability).not.toEqual(found.probability);
  });

  it("carries it in its file, and refuses pixels that cannot be meant", async () => {
    const file = join(temporary(), "a.safetensors");
    await model.save(file);
    using loaded = await Model.load(file);
    expect([loaded.pixelSize, model.pixelSize]).toEqual([trained, trained]);
    const { image, height, width } = field(1);
    const wrong = new Predictor(model).predict({ data: image, height, width }, { pixelSize: 500 });
    await expect(wrong).rejects.toMatchObject({ code: "ACINUS_CONFIG", message: expect.stringContaining("--pixel-size") });
    const strips = new Predictor(model).strips({ data: image, height, width }, { pixelSize: 500 });
    await expect(strips).rejects.toMatchObject({ code: "ACINUS_CONFIG", message: expect.stringContaining("--pixel-size") });
  });

  it("takes no size from images that do not say it, or say very different ones", () => {
    expect([commonPixelSize([0.5, 0.5, 0.51]), commonPixelSize([0.5, undefined]), commonPixelSize([0.25, 0.5])]).toEqual([
      0.5,
      undefined,
      undefined,
    ]);
  });
});
