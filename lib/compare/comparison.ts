/** The document comparison.json, format "acinus-comparison-1". Undefined numbers are NaN, and null in the file. */
import { checkObject } from "../system/arguments.js";
import type { Budget } from "./budget.js";
import type { EpochRecord } from "./learning.js";
import type { MetricName } from "./metrics.js";
import type { Cost } from "./record.js";
import type { RoundRecord } from "./rounds.js";
import type { Estimate } from "./statistics.js";
import type { RowKind } from "./variant.js";

export const comparisonFormat = "acinus-comparison-1";

export interface Comparison {
  /** What the document says that it is. */
  readonly format: typeof comparisonFormat;
  /** The version of acinus that made it. */
  readonly acinus: string;
  /** ISO 8601. */
  readonly created: string;
  /** Where it was trained. */
  readonly device: string;
  /** The images, and how they were divided. */
  readonly data: {
    /** Where they came from. */
    readonly folder: string;
    /** Images to learn from, in one division. */
    readonly train: number;
    /** Images that choose, in one division. */
    readonly validation: number;
    /** Images that are scored, over all folds. */
    readonly test: number;
    /** Of these the images with cells. */
    readonly testWithCells: number;
    /** What is resampled for the intervals: images, or groups of them. */
    readonly unit: "image" | "group";
    /** How many of them. */
    readonly units: number;
    /** Parts that were scored in turn; null: one division. */
    readonly folds: number | null;
  };
  /** How long each system was trained. */
  readonly budget: Budget;
  /** The seeds of the repetitions. */
  readonly seeds: readonly number[];
  /** What all rows share: encoder, size of crops, options. */
  readonly common: Readonly<Record<string, unknown>>;
  /** How the intervals were made. */
  readonly bootstrap: Resamples;
  /** What each score is, by its name. */
  readonly metrics: Readonly<
    Record<MetricName, { readonly title: string; readonly description: string; readonly unit: string; readonly better: number }>
  >;
  /** The systems that were compared. */
  readonly rows: readonly ComparedRow[];
  /** Differences between pairs of systems. */
  readonly differences: readonly Difference[];
  /** Some images as every system sees them. */
  readonly pictures: readonly ShownImage[];
  /** What could not be trained or scored. */
  readonly failures: readonly Failure[];
}

export interface ComparedRow {
  /** Of the row and of its files. */
  readonly name: string;
  /** As tables show it. */
  readonly title: string;
  /** What it is, in some words. */
  readonly description: string;
  /** A system, an ablation, a variant, or predictions that were files. */
  readonly kind: RowKind;
  /** The system that it is a change of; null: none. */
  readonly base: string | null;
  /** The score that the paper argues with for this part of the method; null: none. */
  readonly argues: MetricName | "stability" | null;
  /** Printed in the paper's Table II, for its own data, %. */
  readonly paperDice: number | null;
  /** Null where no repetition is complete. */
  readonly scores: Readonly<Record<MetricName, Estimate>> | null;
  /** Of the Dice of single images with cells, over all repetitions. */
  readonly spread: Spread | null;
  /** Scores by how crowded images are. */
  readonly density: readonly DensityScores[];
  /** How calm the trainings were; null where nothing was trained. */
  readonly stability: Stability | null;
  /** What it costs. */
  readonly cost: Cost;
  /** Of active learning, round by round the means over the repetitions; empty of one training on all images. */
  readonly rounds: readonly RoundRecord[];
  /** What the weights started from. */
  readonly start: string | null;
  /** By repetition and fold. */
  readonly curves: readonly Curve[];
}

export interface Spread {
  /** The lowest Dice, 0 to 1. */
  readonly minimum: number;
  /** A quarter of the images lies below, 0 to 1. */
  readonly quartile: number;
  /** Half of the images lies below, 0 to 1. */
  readonly median: number;
  /** Three quarters of the images lie below, 0 to 1. */
  readonly upperQuartile: number;
  /** The highest Dice, 0 to 1. */
  readonly maximum: number;
}

/** Of the images whose number of true cells per 200 × 200 px is from `from` to below `to`; an image without cells has density 0. */
export interface DensityScores {
  /** Cells per 200 × 200 px at least. */
  readonly from: number;
  /** Cells per 200 × 200 px below; null: no limit. */
  readonly to: number | null;
  /** Number of images. */
  readonly images: number;
  /** Mean of the Dice of each image (dicePerImage), 0 to 1. */
  readonly dice: number;
  /** F1 of boundary pixels within 3 px, mean over images, 0 to 1. */
  readonly boundaryF1: number;
  /** Mean signed distance of the outlines, px; above 0 predictions are too large. */
  readonly shift: number;
  /** F1 of cells matched at IoU 0.5 or more, 0 to 1. */
  readonly objectF1: number;
}

/** Means over the repetitions. */
export interface Stability {
  /** Epochs whose Dice is below half of the best before them. */
  readonly collapses: number;
  /** Standard deviation of the Dice from one epoch to the next, over the second half of the training. */
  readonly jitter: number;
  /** Optimizer steps that were left out. */
  readonly skippedSteps: number;
  /** Validation scores that were outliers. */
  readonly outliers: number;
  /** The best epoch, from 1. */
  readonly bestEpoch: number;
  /** Epochs that were trained. */
  readonly epochs: number;
}

/** `first` minus `second`. */
export interface Difference {
  /** The name of a row. */
  readonly first: string;
  /** The name of another. */
  readonly second: string;
  /** The name of the score. */
  readonly metric: MetricName;
  /** The score of the first minus that of the second, in the score's unit. */
  readonly value: number;
  /** Lower end of the 95 % interval. */
  readonly low: number;
  /** Upper end of the 95 % interval. */
  readonly high: number;
  /** Two-sided bootstrap p, 0 to 1. */
  readonly p: number;
  /** By Holm, over all differences of this metric. */
  readonly adjusted: number;
  /** By the seed, where both have it. */
  readonly each: Readonly<Record<string, number>>;
  /** real: the adjusted p is below 0.05 and every seed has its sign. */
  readonly verdict: "real" | "undecided";
}

/** The course of one training. */
export interface Curve {
  /** Which repetition and fold. */
  readonly key: string;
  /** In order. */
  readonly epochs: readonly EpochRecord[];
}

/** How intervals were made. */
export interface Resamples {
  /** Sets that were drawn. */
  readonly rounds: number;
  /** Of the draws. */
  readonly seed: number;
}

/** One system's prediction of an image. */
export interface ShownPrediction {
  /** The image with right and wrong pixels; PNG, base64. */
  readonly errors: string;
  /** Dice of this image, 0 to 1. */
  readonly dice: number;
}

/** An image that every system predicted; PNG, base64. */
export interface ShownImage {
  /** The file. */
  readonly image: string;
  /** The image. */
  readonly original: string;
  /** The image with its true outlines. */
  readonly truth: string;
  /** By row: right and wrong pixels. */
  readonly rows: Readonly<Record<string, ShownPrediction>>;
}

export interface Failure {
  /** The name of its row. */
  readonly system: string;
  /** Which repetition; null: none. */
  readonly seed: number | null;
  /** Which part; null: none. */
  readonly fold: number | null;
  /** The error's code. */
  readonly code: string;
  /** What went wrong. */
  readonly message: string;
}

export function checkComparison(comparison: Comparison): void {
  checkObject(comparison, "comparison", "what compare gives", ["rows", "differences", "pictures", "failures", "data"]);
}
