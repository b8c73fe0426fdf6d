import { join } from "node:path";
import { expect, it } from "vitest";
import { Dataset } from "../../lib/dataset/dataset.js";
import { decodeImage } from "../../lib/dataset/decode.js";
import { decodeTruth } from "../../lib/dataset/masks.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { Model } from "../../lib/model/model.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { temporary } from "../temporary.js";

it("an evaluation takes images larger than a tile in tiles, and scores what the predictor predicts", async () => {
  const folder = temporary();
  await synthesize(folder, { images: 2, size: 150, seed: 3, validation: 0, emptyShare: 0 });
  using dataset = await Dataset.open(join(folder, "train"));
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 2 });
  const tiling = { tile: 64, overlap: 16 };
  const first = await new Predictor(model, tiling).predict(dataset.files[0]?.image as string);
  const threshold = Float32Array.from(first.probability).sort()[first.probability.length >> 1] as number;
  const scores = await new Evaluator(model, { ...tiling, threshold }).evaluate(dataset);
  for (const [index, { image, mask }] of dataset.files.entries()) {
    const predicted = (await new Predictor(model, { ...tiling, threshold }).predict(await decodeImage(image))).mask;
    const truth = (await decodeTruth(mask as string)).mask;
    const counted = { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (const [i, cell] of predicted.entries()) counted[`${cell === (truth[i] ? 1 : 0) ? "t" : "f"}${cell ? "p" : "n"}`]++;
    expect(scores.perImageScores[index]).toMatchObject(counted);
  }
  const absurd = new Evaluator(model, { tile: 64, overlap: 63 }).evaluate(dataset);
  await expect(absurd).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
});
