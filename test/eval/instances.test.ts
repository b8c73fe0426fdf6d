import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { Model } from "../../lib/model/model.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { panelSamples } from "../../lib/render/evaluation.js";
import { outlines, points, type Scene, scenes, side, writePixels, writeText } from "../dataset/layouts/scene.js";
import { temporary } from "../temporary.js";

let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
});
afterAll(() => model.close());

/** Each disc cut in two cells that touch: 16 cells in 8 components. */
const halves = ({ labels }: Scene) => {
  const first = Array.from({ length: 9 }, (_, k) => labels.indexOf(k) % side);
  return Uint8Array.from(labels, (label, i) => (label === 0 ? 0 : 2 * label - (i % side <= (first[label] as number) ? 1 : 0)));
};

async function setOf(mask: (scene: Scene) => Uint8Array): Promise<Dataset> {
  const folder = temporary();
  for (const [i, scene] of scenes.entries()) {
    await writePixels(folder, `images/${i}.png`, scene.rgb);
    await writePixels(folder, `masks/${i}.png`, mask(scene));
  }
  return Dataset.open(folder);
}

describe("object scores", () => {
  it("count cells as the data tells them apart, and components where it does not", async () => {
    using told = await setOf(halves);
    using untold = await setOf((scene) => scene.mask);
    const evaluator = new Evaluator(model, { bootstrapRounds: 0 });
    const [apart, joined] = [await evaluator.evaluate(told), await evaluator.evaluate(untold)];
    expect([apart.objects.truth, joined.objects.truth]).toEqual([48, 24]);
    expect(apart.perImageScores.map(({ objects }) => objects.truth)).toEqual([16, 16, 16]);
    // Pixels do not know of cells.
    expect([apart.recallMicro, apart.diceMicro]).toEqual([joined.recallMicro, joined.diceMicro]);
  });

  it("of a part of a set count the cells of that part, twice alike", async () => {
    using told = await setOf(halves);
    using part = told.subset([1]);
    const evaluator = new Evaluator(model, { bootstrapRounds: 0 });
    expect((await evaluator.evaluate(part)).objects.truth).toBe(16);
    expect((await evaluator.evaluate(told)).objects).toEqual((await evaluator.evaluate(told)).objects);
  });
});

it("panels show data of layouts whose masks are no images", async () => {
  const folder = temporary();
  const [scene] = scenes;
  await writePixels(folder, "a.png", scene.rgb);
  const features = outlines(scene).map((o) => ({ type: "Feature", geometry: { type: "Polygon", coordinates: [points(o)] } }));
  writeText(folder, "a.geojson", { type: "FeatureCollection", features });
  using data = await Dataset.open(join(folder));
  const [panel] = await panelSamples(new Predictor(model), data, [0]);
  expect([...(panel?.truth ?? [])]).toEqual(Array.from(scene.labels, (label) => (label > 0 ? 1 : 0)));
});
