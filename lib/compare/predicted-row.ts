/** A row of predictions that are files, whoever made them. */
import { join, relative } from "node:path";
import { decodeTruth } from "../dataset/masks.js";
import { scorePredictions } from "../evaluate/predictions.js";
import { filesIn, writeEvaluation } from "../evaluate/summary-files.js";
import type { Division } from "./divide.js";
import { recordOf } from "./metrics.js";
import type { CompareConfig } from "./options.js";
import { chooseShown, drawErrors, type Picture, readSample } from "./pictures.js";
import { type CellRecord, cellFormat } from "./record.js";

/** Scores the files anew each time: they may have changed. */
export async function scorePredictionRow(
  name: string,
  folder: string,
  { test, fold, digests }: Division,
  { output, signal }: CompareConfig,
): Promise<CellRecord> {
  const evaluation = await scorePredictions(folder, test, { signal });
  const out = join(output, "cells", `${name}${fold === null ? "" : `.fold-${fold}`}.${digests.test.slice(0, 8)}`);
  await writeEvaluation(filesIn(out, "summary.json"), evaluation, { data: test.folder, predictions: folder });
  const pictures: Picture[] = [];
  for (const [place, index] of chooseShown(test).entries()) {
    const sample = await readSample(test, index);
    const file = evaluation.perImageScores[index]?.prediction;
    if (!sample || file === undefined) continue;
    const { mask } = await decodeTruth(file, {});
    pictures.push(await drawErrors(out, test.files[index]?.image ?? "", sample, mask, place));
  }
  return {
    ...{ format: cellFormat, system: name, seed: 0, fold, digest: digests.test, folder: relative(output, out) },
    ...{ finished: new Date().toISOString(), configuration: { predictions: folder }, learning: null, run: null, start: null },
    cost: { parameters: null, multiplyAdds: null, multiplyAddsSize: null, imagesPerSecond: null, minutes: null, memory: null },
    ...{ images: evaluation.perImageScores.map(recordOf), pictures },
  };
}
