/** How unsure a network is of the images outside of the pool, and what it makes of them. */
import type { Precision } from "../addon/contract.js";
import type { ActiveConfig } from "../config/active.js";
import type { Dataset } from "../dataset/dataset.js";
import type { Model } from "../model/model.js";
import { lookAt } from "../predict/look.js";
import type { ChosenImage, RoundUncertainty } from "./record.js";

const bins = 4096;

export interface PseudoLabel {
  readonly mask: Uint8Array;
  /** Pixels that have a label. */
  readonly labelled: number;
}

/** What was found of the images outside of the pool. */
export interface Looked {
  /** In the order of `outside`. */
  readonly images: readonly Required<ChosenImage>[];
  readonly uncertainty: RoundUncertainty;
  /** By the image's index; empty where none were asked for. */
  readonly pseudo: ReadonlyMap<number, PseudoLabel>;
}

interface LookCall {
  readonly seed: number;
  readonly precision: Precision;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** Passes with dropout over each image; pass t leaves out the same feature maps in all of them. */
export async function lookOutside(
  model: Model,
  train: Dataset,
  outside: readonly number[],
  { by, passes, pseudoWeight, pseudoConfidence, uncertainQuantile: quantile }: ActiveConfig,
  { onProgress, ...call }: LookCall,
): Promise<Looked> {
  const begun = performance.now();
  const measure: RoundUncertainty["measure"] = by === "bald" ? "bald" : "entropy";
  const confidence = pseudoWeight > 0 ? pseudoConfidence : 0;
  const [background, cells] = [new Float64Array(bins), new Float64Array(bins)];
  const images: Required<ChosenImage>[] = [];
  const pseudo = new Map<number, PseudoLabel>();
  for (const index of outside) {
    const found = await lookAt(model, train, index, { ...call, by: measure, passes, bins, confidence });
    const { meanEntropy, meanBald, pseudo: mask, labelled } = found;
    images.push({ image: train.files[index]?.image as string, index, meanEntropy, meanBald });
    if (mask && labelled > 0) pseudo.set(index, { mask, labelled });
    for (let bin = 0; bin < bins; bin++) {
      (background[bin] as number) += found.background[bin] as number;
      (cells[bin] as number) += found.cells[bin] as number;
    }
    onProgress(images.length, outside.length);
  }
  const mean = (key: "meanEntropy" | "meanBald") => images.reduce((sum, image) => sum + image[key], 0) / images.length;
  const uncertainty: RoundUncertainty = {
    ...{ images: images.length, meanEntropy: mean("meanEntropy"), meanBald: mean("meanBald") },
    ...{ measure, quantile, ...aboveQuantile(background, cells, quantile), seconds: (performance.now() - begun) / 1000 },
  };
  return { images, uncertainty, pseudo };
}

/** Of the pixels above a quantile of the uncertainty the share that is background. Counts are by bins of equal width, from 0 to ln 2. */
export function aboveQuantile(
  background: Float64Array,
  cells: Float64Array,
  quantile: number,
): Pick<RoundUncertainty, "threshold" | "backgroundShare" | "background"> {
  const sum = (counts: Float64Array, from = 0) => counts.subarray(from).reduce((total, count) => total + count, 0);
  const all = sum(background) + sum(cells);
  let [bin, below] = [-1, 0];
  while (bin + 1 < background.length && (bin < 0 || below < quantile * all)) {
    bin++;
    below += (background[bin] as number) + (cells[bin] as number);
  }
  const [wrong, right] = [sum(background, bin + 1), sum(cells, bin + 1)];
  return {
    threshold: ((bin + 1) / background.length) * Math.LN2,
    backgroundShare: wrong + right > 0 ? wrong / (wrong + right) : null,
    background: all > 0 ? sum(background) / all : 0,
  };
}
