/** Pictures of an evaluation: chooses images and predicts them. */
import { basename } from "node:path";
import { decodeImage } from "../dataset/decode.js";
import { decodeMask } from "../dataset/masks.js";
import { readPixels, type TrainableDataset } from "../dataset/types.js";
import type { Evaluation } from "../evaluate/evaluator.js";
import type { Predictor } from "../predict/predictor.js";
import { check, checkObject, checkOptions, indicesOf } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import type { PanelSample } from "./views.js";

/** Images with cells, spread evenly from the best Dice to the worst, both ends included; data sets without any give their first images. */
export function spreadByDice(evaluation: Evaluation, count: number): number[] {
  checkObject(evaluation, "evaluation", "what Evaluator.evaluate gives", ["perImageScores"]);
  checkWhole(count, "count");
  const { perImageScores } = evaluation;
  const withCells = perImageScores.filter((image) => image.hasCells);
  const ranked = (withCells.length > 0 ? withCells : [...perImageScores]).sort(
    (a, b) => b.pixel.dice - a.pixel.dice || a.index - b.index,
  );
  const taken = Math.min(count, ranked.length);
  const at = (i: number) => (taken === 1 ? 0 : Math.round((i * (ranked.length - 1)) / (taken - 1)));
  return Array.from({ length: taken }, (_, i) => ranked[at(i)]?.index as number);
}

/** Predicts some images of a data set, for `renderPanels`. Indices as in the data set. */
export async function panelSamples(
  predictor: Predictor,
  dataset: TrainableDataset,
  indices: readonly number[],
  options: { signal?: AbortSignal } = {},
): Promise<PanelSample[]> {
  checkObject(predictor, "predictor", "a Predictor", ["predict"]);
  checkObject(dataset, "dataset", "a Dataset", ["files", "length"]);
  const chosen = indicesOf(indices, "indices");
  checkOptions(options, "options", ["signal"]);
  const samples: PanelSample[] = [];
  for (const index of chosen) {
    const files = dataset.files[index];
    check(files !== undefined, index, "each of indices", `below ${dataset.length}, the number of images`);
    const { image, mask } = files;
    const read = (await dataset[readPixels]?.(index)) ?? {
      image: await decodeImage(image),
      mask: mask === null ? null : (await decodeMask(mask)).data,
    };
    const { data: rgb, height, width } = read.image;
    const truth = read.mask;
    const { probability, threshold } = await predictor.predict({ data: rgb, height, width }, options);
    samples.push({ title: basename(image), rgb, truth, probability, height, width, threshold });
  }
  return samples;
}
