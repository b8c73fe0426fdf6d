/** How probabilities and truth go together over a set. */
import type { NativeCertainty } from "../addon/contract.js";

/** Of all pixels together, a pixel being a cell from the threshold on; before separation, smallest size and holes. */
export interface ThresholdScores {
  /** The probability from which on a pixel is a cell, 0 to 1. */
  readonly threshold: number;
  /** 0 to 1. */
  readonly dice: number;
  /** Intersection over union, 0 to 1. */
  readonly iou: number;
  /** Share of predicted pixels that are right, 0 to 1. */
  readonly precision: number;
  /** Share of true pixels that are found, 0 to 1. */
  readonly recall: number;
}

/** Pixels whose probability is from `from` to below `to` (the last bin: to 1), and how many of them are cells. */
export interface CalibrationBin {
  /** The smallest probability of the bin, 0 to 1. */
  readonly from: number;
  /** Where the next bin begins, 0 to 1. */
  readonly to: number;
  /** Number of pixels. */
  readonly pixels: number;
  /** Their mean probability, 0 to 1; NaN without any. */
  readonly probability: number;
  /** The share of them that are cells, 0 to 1; NaN without any. */
  readonly share: number;
}

/** How far predicted probabilities are from what they say. */
export interface Calibration {
  /** Mean of |probability − share| over the bins, weighted by their pixels (expected calibration error), 0 to 1. */
  readonly error: number;
  /** Ten bins of equal width. */
  readonly bins: readonly CalibrationBin[];
}

const parts = 10;

/** At 0.05, 0.1, … 0.95. NaN where a denominator is 0. */
export function thresholdScores({ pixels, cells }: NativeCertainty): ThresholdScores[] {
  const from = (values: readonly number[], bin: number) => values.slice(bin).reduce((sum, value) => sum + value, 0);
  const truth = from(cells, 0);
  return Array.from({ length: 19 }, (_, i) => {
    const bin = 5 * (i + 1);
    const [predicted, right] = [from(pixels, bin), from(cells, bin)];
    const dice = (2 * right) / (predicted + truth);
    const iou = right / (predicted + truth - right);
    return { threshold: bin / 100, dice, iou, precision: right / predicted, recall: right / truth };
  });
}

export function calibrationOf({ pixels, cells, probability }: NativeCertainty): Calibration {
  const width = pixels.length / parts;
  const sum = (values: ArrayLike<number>, part: number) => {
    return Array.from({ length: width }, (_, i) => values[part * width + i] as number).reduce((a, b) => a + b, 0);
  };
  const bins = Array.from({ length: parts }, (_, part) => {
    const count = sum(pixels, part);
    const [mean, share] = [sum(probability, part) / count, sum(cells, part) / count];
    return { from: part / parts, to: (part + 1) / parts, pixels: count, probability: mean, share };
  });
  const all = bins.reduce((total, bin) => total + bin.pixels, 0);
  const wrong = bins.map((bin) => (bin.pixels === 0 ? 0 : bin.pixels * Math.abs(bin.probability - bin.share)));
  return { error: wrong.reduce((a, b) => a + b, 0) / all, bins };
}
