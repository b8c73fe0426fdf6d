import { describe, expect, it } from "vitest";
import type { ModelOptions } from "../../lib/config/model.js";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { Model } from "../../lib/model/model.js";
import { Trainer } from "../../lib/train/trainer.js";
import type { TrainingBatch } from "../../lib/train/training-loop.js";
import { scenes, side, writePixels } from "../dataset/layouts/scene.js";
import { temporary } from "../temporary.js";
import { quick } from "./toy.js";

/** The drawn scenes, with masks of 0, 255 and 7. */
async function opened(ignored: (at: number) => boolean, from = 0, to: number = scenes.length): Promise<Dataset> {
  const folder = temporary();
  for (const [i, { rgb, mask }] of scenes.slice(from, to).entries()) {
    await writePixels(folder, `images/${i}.png`, rgb);
    await writePixels(
      folder,
      `masks/${i}.png`,
      mask.map((value, at) => (ignored(at) ? 7 : value)),
    );
  }
  return Dataset.open(folder, { ignore: [7] });
}

const small = { encoder: "efficientnet-b0", decoderChannels: [16, 16, 16, 16, 16], seed: 3 } satisfies ModelOptions;
const left = (at: number) => at % side < side / 2;

describe("a data set with pixels to be ignored", () => {
  it("trains without a gradient of them", async () => {
    using nothing = await opened(() => true, 0, 2);
    using validation = await opened(left, 2);
    using model = await Model.create(small);
    using trainer = new Trainer(model, { ...quick, accumulation: 1, train: nothing, validation, epochs: 1 });
    const loop = await trainer.begin();
    const [batch] = loop.batches([0, 1]);
    const { loss, gradientNorm } = await loop.step(batch as TrainingBatch);
    expect([loss, gradientNorm]).toEqual([0, 0]);
    const { loss: judged } = await loop.validate();
    expect(judged).toBeGreaterThan(0);
  });

  it("gives a loss of one's own the target 2 there, and takes no gradient of it", async () => {
    using train = await opened(left, 0, 2);
    using validation = await opened(left, 2);
    using model = await Model.create(small);
    const targets = new Set<number>();
    using trainer = new Trainer(model, {
      ...{ ...quick, accumulation: 1, train, validation, epochs: 1 },
      loss: ({ target, logits }) => {
        for (const value of target) targets.add(value);
        return { value: 1, gradient: logits.map((_, i) => (target[i] === 2 ? 1e6 : 0)) };
      },
    });
    const loop = await trainer.begin();
    const [batch] = loop.batches([0, 1]);
    const { gradientNorm } = await loop.step(batch as TrainingBatch);
    expect([[...targets].sort(), gradientNorm]).toEqual([[0, 1, 2], 0]);
  });

  it("is scored over the pixels that count", async () => {
    using data = await opened(left);
    using model = await Model.create(small);
    const { perImageScores } = await new Evaluator(model).evaluate(data);
    expect(perImageScores.map(({ tp, fp, fn, tn }) => tp + fp + fn + tn)).toEqual(scenes.map(() => (side * side) / 2));
    expect(data.maskStatistics.map((statistics) => statistics?.pixels)).toEqual(scenes.map(() => (side * side) / 2));
  });

  it("says where no pixel has the value", async () => {
    using data = await opened(() => false);
    expect(data.notes).toContain("No pixel is ignored: no mask has 7.");
    expect(data.layout.truth).toBe("binary");
  });
});
