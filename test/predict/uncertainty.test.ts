/** MC dropout: maps of how sure a network is, against their definitions. */
import { beforeAll, describe, expect, it } from "vitest";
import { Model, Predictor } from "../../lib/index.js";
import { fill } from "../model/formula.js";
import { largestDifference } from "../within.js";
import { picture } from "./pictures.js";

const network = { architecture: "attention-unet", width: 4, dropout: 0.3 } as const;
const image = picture(50, 70, 3);
let model: Model;
beforeAll(async () => {
  model = await fill(await Model.create(network));
  // Logits far from 0, so that the passes differ by more than rounding.
  const head = [...(await model.stateDict())].filter(([name]) => name.startsWith("segmentation_head."));
  for (const [, { data }] of head) for (const [i, value] of data.entries()) data[i] = 60 * value;
  await model.loadStateDict(head, { strict: false });
  return () => model.close();
});

const h = (p: number) => -(p > 0 ? p * Math.log(p) : 0) - (p < 1 ? (1 - p) * Math.log(1 - p) : 0);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe("uncertainty", () => {
  it("is entropy and mutual information of the passes' probabilities, by their definitions", async () => {
    const passes = 7;
    const found = await new Predictor(model).uncertainty(image, { passes, seed: 5, keep: true });
    const pixels = image.height * image.width;
    const all = Array.from({ length: passes }, (_, t) => (found.passes as Float32Array).subarray(t * pixels, (t + 1) * pixels));
    expect(all).toHaveLength(passes);
    const average = Float64Array.from({ length: pixels }, (_, i) => mean(all.map((p) => p[i] as number)));
    const expected = { entropy: average.map(h), bald: average.map((p, i) => h(p) - mean(all.map((q) => h(q[i] as number)))) };
    expect(largestDifference(found.probability, average)).toBeLessThan(1e-6);
    expect(largestDifference(found.entropy, expected.entropy)).toBeLessThan(1e-6);
    expect(largestDifference(found.bald, expected.bald)).toBeLessThan(1e-6);
    expect(found.meanEntropy).toBeCloseTo(mean(expected.entropy), 9);
    expect(found.meanBald).toBeCloseTo(mean(expected.bald), 9);
    expect(found.meanBald).toBeGreaterThan(1e-3);
    const differ = all.slice(1).every((p, t) => largestDifference(p, all[t] as Float32Array) > 1e-3);
    expect(differ, "each pass leaves out other maps").toBe(true);
  });

  it("repeats itself, and is another with another seed", async () => {
    const predictor = new Predictor(model);
    const first = await predictor.uncertainty(image, { passes: 3, seed: 1 });
    expect(await predictor.uncertainty(image, { passes: 3, seed: 1 })).toEqual(first);
    expect((await predictor.uncertainty(image, { passes: 3, seed: 2 })).probability).not.toEqual(first.probability);
  });

  it("leaves the network as it was: BatchNorm at rest, and predictions without dropout", async () => {
    const predictor = new Predictor(model);
    const [state, before] = [await model.stateDict(), await predictor.predict(image)];
    await predictor.uncertainty(image, { passes: 2 });
    expect(await model.stateDict()).toEqual(state);
    expect((await predictor.predict(image)).probability).toEqual(before.probability);
  });

  it("is one network a pass for all tiles and test-time transforms, however many of them are taken at once", async () => {
    const tiled = (batch: number) => new Predictor(model, { tile: 32, tta: true, batch }).uncertainty(image, { passes: 2 });
    const [one, five] = [await tiled(1), await tiled(5)];
    expect(largestDifference(one.probability, five.probability)).toBeLessThan(1e-5);
    expect(largestDifference(one.bald, five.bald)).toBeLessThan(1e-5);
  });

  it("is refused of a network without dropout, before any work", async () => {
    using plain = await Model.create({ ...network, dropout: 0 });
    const refused = new Predictor(plain).uncertainty(image, { onProgress: () => expect.unreachable() });
    await expect(refused).rejects.toMatchObject({ code: "ACINUS_CONFIG", message: expect.stringContaining("no dropout") });
  });

  it("stops between two passes", async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error("enough"));
    const running = new Predictor(model).uncertainty(image, { passes: 10_000, signal: stop.signal, onProgress });
    await expect(running).rejects.toThrow("enough");
  });
});
