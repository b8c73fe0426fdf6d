/** The scores of a comparison. Each is a quotient of sums over images, so that any resampled set of images has one. */
import type { ImageEvaluation } from "../evaluate/evaluation.js";

/** What a comparison keeps of an image's scores. */
export interface ImageRecord {
  /** Of the image file, as the data set names it. */
  readonly image: string;
  readonly height: number;
  readonly width: number;
  readonly hasCells: boolean;
  readonly dice: number;
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly boundaryF1: number;
  readonly boundaryDistance: number;
  readonly shift: number;
  readonly cells: number;
  readonly predicted: number;
  readonly matched: number;
  readonly small: number;
  readonly smallMatched: number;
  readonly lesions: number;
  readonly lesionsMatched: number;
}

export function recordOf({ files, size, hasCells, pixel, tp, fp, fn, boundary, objects }: ImageEvaluation): ImageRecord {
  const { truth, predicted, matched, small, smallMatched, lesions, lesionsMatched } = objects;
  return {
    ...{ image: files.image, ...size, hasCells, dice: pixel.dice, tp, fp, fn },
    ...{ boundaryF1: boundary.f1, boundaryDistance: boundary.meanDistance, shift: boundary.shift },
    ...{ cells: truth, predicted, matched, small, smallMatched, lesions, lesionsMatched },
  };
}

interface Metric {
  readonly title: string;
  readonly description: string;
  readonly unit: "share" | "px";
  /** Which way is better; 0: the nearer to 0. */
  readonly better: 1 | -1 | 0;
  /** What an image adds to numerator and denominator. */
  readonly terms: (image: ImageRecord) => readonly [numerator: number, denominator: number];
}

/** A mean over the images where the value is defined. */
const mean = (value: number): [number, number] => (Number.isFinite(value) ? [value, 1] : [0, 0]);

export const metrics = {
  diceWithCells: {
    title: "Dice, images with cells",
    description: "mean over the images that have cells",
    ...{ unit: "share", better: 1 },
    terms: ({ hasCells, dice }) => (hasCells ? mean(dice) : [0, 0]),
  },
  dicePerImage: {
    title: "Dice, all images",
    description: "mean over all images; an image without cells scores 1 where nothing is predicted, otherwise 0",
    ...{ unit: "share", better: 1 },
    terms: ({ dice }) => mean(dice),
  },
  diceMicro: {
    title: "Dice, micro",
    description: "over all pixels of all images",
    ...{ unit: "share", better: 1 },
    terms: ({ tp, fp, fn }) => [2 * tp, 2 * tp + fp + fn],
  },
  iouMicro: {
    title: "IoU, micro",
    description: "over all pixels of all images",
    ...{ unit: "share", better: 1 },
    terms: ({ tp, fp, fn }) => [tp, tp + fp + fn],
  },
  boundaryF1: {
    title: "Boundary F1",
    description: "of boundary pixels within 3 px, mean over images",
    ...{ unit: "share", better: 1 },
    terms: ({ boundaryF1 }) => mean(boundaryF1),
  },
  meanDistance: {
    title: "Boundary error",
    description: "mean distance of the outlines, mean over images in which both have one",
    ...{ unit: "px", better: -1 },
    terms: ({ boundaryDistance }) => mean(boundaryDistance),
  },
  shift: {
    title: "Signed boundary error",
    description: "above 0 the prediction is too large (over-segmentation), below 0 too small",
    ...{ unit: "px", better: 0 },
    terms: ({ shift }) => mean(shift),
  },
  objectF1: {
    title: "Cell F1",
    description: "cells matched at IoU 0.5 or more, over the set",
    ...{ unit: "share", better: 1 },
    terms: ({ cells, predicted, matched }) => [2 * matched, cells + predicted],
  },
  smallRecall: {
    title: "Recall < 50 px",
    description: "of true cells below 50 px, over the set",
    ...{ unit: "share", better: 1 },
    terms: ({ small, smallMatched }) => [smallMatched, small],
  },
  lesionRecall: {
    title: "Recall < 0.5 %",
    description: "of true cells below 0.5 % of their image, the paper's small lesions",
    ...{ unit: "share", better: 1 },
    terms: ({ lesions, lesionsMatched }) => [lesionsMatched, lesions],
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as MetricName[];

/** Of these images; NaN where nothing is defined. */
export function metricOf(metric: MetricName, images: readonly ImageRecord[]): number {
  let [above, below] = [0, 0];
  for (const image of images) {
    const [numerator, denominator] = metrics[metric].terms(image);
    above += numerator;
    below += denominator;
  }
  return below === 0 ? Number.NaN : above / below;
}
