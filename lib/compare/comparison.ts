/** The document comparison.json, format "acinus-comparison-1" (docs/comparison.md). Undefined numbers are NaN, and null in the file. */
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
  readonly format: typeof comparisonFormat;
  readonly acinus: string;
  /** ISO 8601. */
  readonly created: string;
  readonly device: string;
  readonly data: {
    readonly folder: string;
    readonly train: number;
    readonly validation: number;
    /** Images that are scored, over all folds. */
    readonly test: number;
    readonly testWithCells: number;
    /** What is resampled for the intervals: images, or groups of them. */
    readonly unit: "image" | "group";
    readonly units: number;
    readonly folds: number | null;
  };
  readonly budget: Budget;
  readonly seeds: readonly number[];
  /** What all rows share: encoder, size of crops, options. */
  readonly common: Readonly<Record<string, unknown>>;
  readonly bootstrap: { readonly rounds: number; readonly seed: number };
  readonly metrics: Readonly<
    Record<MetricName, { readonly title: string; readonly description: string; readonly unit: string; readonly better: number }>
  >;
  readonly rows: readonly ComparedRow[];
  readonly differences: readonly Difference[];
  readonly pictures: readonly ShownImage[];
  readonly failures: readonly Failure[];
}

export interface ComparedRow {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: RowKind;
  readonly base: string | null;
  readonly argues: MetricName | "stability" | null;
  /** Printed in the paper's Table II, for its own data, %. */
  readonly paperDice: number | null;
  /** Null where no repetition is complete. */
  readonly scores: Readonly<Record<MetricName, Estimate>> | null;
  /** Of the Dice of single images with cells, over all repetitions. */
  readonly spread: Spread | null;
  readonly density: readonly DensityScores[];
  readonly stability: Stability | null;
  readonly cost: Cost;
  /** Of active learning, round by round the means over the repetitions; empty of one training on all images. */
  readonly rounds: readonly RoundRecord[];
  /** What the weights started from. */
  readonly start: string | null;
  /** By repetition and fold. */
  readonly curves: readonly { readonly key: string; readonly epochs: readonly EpochRecord[] }[];
}

export interface Spread {
  readonly minimum: number;
  readonly quartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly maximum: number;
}

/** Of the images whose number of true cells per 200 × 200 px is from `from` to below `to`; an image without cells has density 0. */
export interface DensityScores {
  readonly from: number;
  readonly to: number | null;
  readonly images: number;
  readonly dice: number;
  readonly boundaryF1: number;
  readonly shift: number;
  readonly objectF1: number;
}

/** Means over the repetitions. */
export interface Stability {
  readonly collapses: number;
  readonly jitter: number;
  readonly skippedSteps: number;
  readonly outliers: number;
  readonly bestEpoch: number;
  readonly epochs: number;
}

/** `first` minus `second`. */
export interface Difference {
  readonly first: string;
  readonly second: string;
  readonly metric: MetricName;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** By Holm, over all differences of this metric. */
  readonly adjusted: number;
  /** By the seed, where both have it. */
  readonly each: Readonly<Record<string, number>>;
  /** real: the adjusted p is below 0.05 and every seed has its sign. */
  readonly verdict: "real" | "undecided";
}

/** An image that every system predicted; PNG, base64. */
export interface ShownImage {
  readonly image: string;
  readonly original: string;
  readonly truth: string;
  /** By row: right and wrong pixels. */
  readonly rows: Readonly<Record<string, { readonly errors: string; readonly dice: number }>>;
}

export interface Failure {
  readonly system: string;
  readonly seed: number | null;
  readonly fold: number | null;
  readonly code: string;
  readonly message: string;
}

export function checkComparison(comparison: Comparison): void {
  checkObject(comparison, "comparison", "what compare gives", ["rows", "differences", "pictures", "failures", "data"]);
}
