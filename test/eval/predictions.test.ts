import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { imageTable } from "../../lib/evaluate/image-table.js";
import { scorePredictions } from "../../lib/evaluate/predictions.js";
import { writeSummary } from "../../lib/evaluate/summary-files.js";
import { metrics } from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";
import { Prediction } from "../../lib/predict/prediction.js";
import { PredictionFolder } from "../../lib/predict/prediction-folder.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { type Scene, scenes, side, writePixels } from "../dataset/layouts/scene.js";
import { temporary } from "../temporary.js";

let truth: Dataset;
const folder = temporary();
beforeAll(async () => {
  for (const [i, scene] of scenes.entries()) {
    await writePixels(folder, `images/${i}.png`, scene.rgb);
    await writePixels(folder, `labels/${i}.png`, scene.labels);
  }
  truth = await Dataset.open(folder);
});
afterAll(() => truth.close());

/** Every cell a pixel further to the right, the last one lost. */
const moved = ({ labels }: Scene) =>
  Uint8Array.from(labels, (_, i) =>
    (i % side === 0 ? 0 : (labels[i - 1] as number)) % 8 === 0 ? 0 : (labels[i - 1] as number),
  );
const mask = (labels: Uint8Array) => labels.map((label) => (label > 0 ? 255 : 0));
const plain = { bootstrapRounds: 0 };

describe("predictions that are files", () => {
  it("score as their labels do, image by image", async () => {
    const out = temporary();
    for (const [i, scene] of scenes.entries()) await writePixels(out, `${i}_cp_masks.png`, moved(scene));
    const scores = await scorePredictions(out, truth, plain);
    for (const [i, scene] of scenes.entries()) {
      const found = moved(scene);
      const cells = { predictedCells: Int32Array.from(found), trueCells: Int32Array.from(scene.labels) };
      const expected = metrics(mask(found), mask(Uint8Array.from(scene.labels)), side, side, scene.rgb as Uint8Array, cells);
      expect(scores.perImageScores[i]).toMatchObject({
        objects: expected.objects,
        boundary: expected.boundary,
        pixel: expected.perImageScores[0]?.pixel,
        prediction: join(out, `${i}_cp_masks.png`),
      });
    }
    expect(scores.threshold).toBeNaN();
    expect([scores.calibration, scores.thresholds, scores.separation]).toEqual([undefined, undefined, undefined]);
  });

  it("count components where they are masks, and labels where both are there; pictures of probabilities are neither", async () => {
    const out = temporary();
    for (const [i, scene] of scenes.entries()) await writePixels(out, `${i}.png`, mask(moved(scene)));
    const masks = await scorePredictions(out, truth, plain);
    for (const [i, scene] of scenes.entries()) {
      await writePixels(out, `${i}-labels.png`, moved(scene));
      await writePixels(
        out,
        `${i}-prob.png`,
        moved(scene).map((value) => value + 7),
      );
    }
    const labels = await scorePredictions(out, truth, plain);
    expect(labels.perImageScores[0]?.prediction).toBe(join(out, "0-labels.png"));
    expect([labels.diceMicro, labels.precisionMicro]).toEqual([masks.diceMicro, masks.precisionMicro]);
    expect(labels.objects.predicted).toBe(21);
  });

  it("that acinus wrote score as the network that made them", async () => {
    using model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
    const rule = { threshold: 0.5, separation: { method: "watershed", minimumSize: 5 } } as const;
    const out = temporary();
    const images = truth.files.map(({ image }) => image);
    const results = new PredictionFolder(out, ["png", "prob", "labels", "overlay"], images);
    for (const image of images) await results.add(image, await new Predictor(model, { ...rule, tile: 0 }).predict(image));
    const [files, network] = [
      await scorePredictions(out, truth, plain),
      await new Evaluator(model, { ...rule, ...plain, batch: 1 }).evaluate(truth),
    ];
    expect(files.objects).toEqual(network.objects);
    expect([files.diceMicro, files.precisionMicro]).toEqual([network.diceMicro, network.precisionMicro]);
  });

  it("are refused where one is missing or of another size, with its name", async () => {
    const out = temporary();
    await writePixels(out, "0.png", mask(moved(scenes[0])));
    await expect(scorePredictions(out, truth)).rejects.toThrow(/no prediction of 1\.png \(and none of 1 more images\)/);
    for (const i of [1, 2]) await (await Prediction.of(new Float32Array(12), 3, 4)).save(join(out, `${i}.png`));
    await expect(scorePredictions(out, truth)).rejects.toMatchObject({
      code: "ACINUS_SIZE_MISMATCH",
      file: join(out, "1.png"),
    });
  });
});

describe("an evaluation of a network", () => {
  it("says how scores change with the threshold and how probabilities are calibrated, as counted pixel by pixel", async () => {
    using model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
    const scores = await new Evaluator(model, { ...plain, batch: 1 }).evaluate(truth);
    const pixels: { p: number; cell: boolean }[] = [];
    for (const [i, { image }] of truth.files.entries()) {
      const { probability } = await new Predictor(model, { tile: 0 }).predict(image);
      probability.forEach((p, at) => {
        pixels.push({ p, cell: scenes[i]?.labels[at] !== 0 });
      });
    }
    const cells = pixels.filter(({ cell }) => cell).length;
    for (const { threshold, dice, precision, recall } of scores.thresholds ?? []) {
      const found = pixels.filter(({ p }) => p >= threshold);
      const right = found.filter(({ cell }) => cell).length;
      expect(dice).toBeCloseTo((2 * right) / (found.length + cells), 10);
      expect(recall).toBeCloseTo(right / cells, 10);
      if (found.length > 0) expect(precision).toBeCloseTo(right / found.length, 10);
    }
    let error = 0;
    for (const bin of scores.calibration?.bins ?? []) {
      const inside = pixels.filter(({ p }) => p >= bin.from && (p < bin.to || bin.to === 1));
      expect(bin.pixels).toBe(inside.length);
      if (inside.length === 0) continue;
      const mean = inside.reduce((sum, { p }) => sum + p, 0) / inside.length;
      const share = inside.filter(({ cell }) => cell).length / inside.length;
      expect([bin.probability, bin.share]).toEqual([expect.closeTo(mean, 8), expect.closeTo(share, 10)]);
      error += (inside.length / pixels.length) * Math.abs(mean - share);
    }
    expect(scores.calibration?.error).toBeCloseTo(error, 8);
  });

  it("is a table too, a row an image, beside the summary", async () => {
    const out = temporary();
    for (const [i, scene] of scenes.entries()) await writePixels(out, `${i}.png`, mask(moved(scene)));
    const scores = await scorePredictions(out, truth, plain);
    const run = temporary();
    await writeSummary(run, scores);
    const text = readFileSync(join(run, "validation", "images.csv"), "utf8");
    expect(text).toBe(imageTable(scores));
    const [head = "", ...rows] = text.trimEnd().split("\n");
    const at = (row: string, name: string) => row.split(",")[head.split(",").indexOf(name)];
    expect(rows.length).toBe(3);
    rows.forEach((row, i) => {
      expect(at(row, "image")).toBe(truth.files[i]?.image);
      expect(Number(at(row, "object_f1"))).toBeCloseTo(scores.perImageScores[i]?.objects.f1 as number, 6);
      expect(at(row, "has_cells")).toBe("true");
    });
  });
});
