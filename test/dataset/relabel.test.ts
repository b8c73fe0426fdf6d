import { beforeAll, describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { Dataset, Model, Trainer, type TrainingBatch } from "../../lib/index.js";
import { quick } from "../train/toy.js";
import { scenes, side } from "./layouts/scene.js";

native().setThreads(1);
let [data, validation]: Dataset[] = [];
beforeAll(async () => {
  const samples = scenes.map(({ rgb, mask }, i) => {
    return { name: `${i}`, image: Uint8Array.from(rgb), mask: Uint8Array.from(mask), height: side, width: side };
  });
  data = await Dataset.from(samples.slice(0, 2));
  validation = await Dataset.from(samples.slice(2));
});
const empty = () => new Uint8Array(side * side);

/** Of a first step on both images. */
async function step(train: Dataset, indices: number[]) {
  using model = await Model.create({ architecture: "attention-unet", width: 4, seed: 1 });
  using trainer = new Trainer(model, {
    ...{ ...quick, accumulation: 1, train, validation: validation as Dataset, epochs: 1, augment: { enabled: false } },
    optimizer: { gradientClip: 0 },
  });
  const loop = await trainer.begin();
  const [batch] = loop.batches(indices);
  const { loss, gradientNorm } = await loop.step(batch as TrainingBatch);
  return { loss, norm: gradientNorm as number };
}

describe("a data set with other masks", () => {
  it("has them in place of its own; the set that it is a view of stays as it was", async () => {
    const set = data as Dataset;
    const [statistics, hashes] = [set.maskStatistics, set.maskHashes];
    const mask = empty()
      .fill(1, 0, side)
      .fill(2, side, 2 * side);
    using other = await set.withMasks(new Map([[1, { mask, weight: 0.5 }]]));
    expect(other.maskStatistics[0]).toEqual(statistics[0]);
    expect(other.maskStatistics[1]).toMatchObject({ area: side, pixels: side * side - side });
    expect((await other.at(1).pixels()).mask).toEqual(mask);
    expect(other.contentHashes).toEqual(set.contentHashes);
    expect(other.maskHashes[0]).toBe(hashes[0]);
    expect(other.maskHashes[1]).not.toBe(hashes[1]);
    expect([set.maskStatistics, set.maskHashes]).toEqual([statistics, hashes]);
    using heavier = await set.withMasks(new Map([[1, { mask }]]));
    expect(heavier.maskHashes[1], "another weight is another training").not.toBe(other.maskHashes[1]);
  });

  it("trains with their weights: each image's share of loss and gradient is multiplied", async () => {
    const set = data as Dataset;
    const mask = (await set.at(0).pixels()).mask as Uint8Array;
    const whole = await step(set, [0, 0]);
    for (const weight of [0, 0.25, 2]) {
      using other = await set.withMasks(new Map([[0, { mask, weight }]]));
      const found = await step(other, [0, 0]);
      expect(found.loss / whole.loss).toBeCloseTo(weight, 5);
      expect(found.norm / whole.norm).toBeCloseTo(weight, 5);
      using again = other.subset([0, 1]);
      expect((await step(again, [0, 0])).loss, "of a view of it").toBe(found.loss);
      using twice = await other.withMasks(new Map([[1, { mask: empty() }]]));
      expect((await step(twice, [0, 0])).loss, "under other masks of other images").toBe(found.loss);
    }
  });

  it.each([
    [new Map([[5, { mask: new Uint8Array(1) }]]), /There is no image 5/],
    [new Map([[0, { mask: new Uint8Array(1) }]]), /get\(0\)\.mask holds 1/],
    [new Map([[0, { mask: new Uint8Array(side * side).fill(7) }]]), /get\(0\)\.mask must be 0, 1 or 2 at each pixel, not 7/],
    [new Map([[0, { mask: new Uint8Array(side * side), weight: -1 }]]), /get\(0\)\.weight must be .* not -1/],
  ])("is refused with the name of what is wrong: %#", async (masks, message) => {
    await expect((data as Dataset).withMasks(masks)).rejects.toMatchObject({
      code: "ACINUS_INVALID_ARGUMENT",
      message: expect.stringMatching(message),
    });
  });
});
