import { findInputs } from "../../lib/dataset/inputs.js";
import { ConfigError } from "../../lib/errors.js";
import type { PredictionFormat } from "../../lib/predict/prediction.js";
import { PredictionTree } from "../../lib/predict/prediction-tree.js";
import { visible } from "../../lib/system/visible.js";
import { say } from "./output.js";

export interface PlanOptions {
  output: string;
  format: PredictionFormat[];
  recursive?: boolean;
  skipExisting?: boolean;
}

const shownNames = 3;

/** What is to be done, and where its results go; says what is passed over or named otherwise. */
export async function planPrediction(
  inputs: readonly string[],
  { output, format, recursive, skipExisting }: PlanOptions,
): Promise<{ tree: PredictionTree; images: string[]; done: string[] }> {
  const found = await findInputs(inputs, {
    recursive,
    onPassedOver: (results, place) =>
      say(`${counted(results, "result")} of earlier predictions in ${visible(place)} passed over.`),
  });
  const common = format.find((one) => one === "coco" || one === "csv");
  if (skipExisting && common) {
    const message = `${common === "coco" ? "coco.json" : "cells.csv"} holds the cells of all images, so none can be left out with --skip-existing.`;
    throw new ConfigError("ACINUS_CONFIG", message, { fix: `Leave out --skip-existing, or ${common} from --format.` });
  }
  const tree = new PredictionTree(output, format, found);
  const renamed = await tree.plan();
  for (const { image, name, folder } of renamed.slice(0, shownNames)) {
    say(`The name of ${visible(image)} is taken in ${visible(folder)}, or too long: its results begin with ${visible(name)}.`);
  }
  if (renamed.length > shownNames) say(`… and so for ${renamed.length - shownNames} more images.`);
  const images: string[] = [];
  const done: string[] = [];
  for (const { image } of found) {
    (skipExisting && (await tree.folderOf(image).isDone(image)) ? done : images).push(image);
  }
  if (done.length > 0) say(`${counted(done.length, "image")} whose results are there left out.`);
  return { tree, images, done };
}

/** "1 image", "2 images". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
