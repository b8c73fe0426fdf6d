/** A system to compare: what differs from the defaults of the method. */
import type { ActiveOptions } from "../config/active.js";
import type { RuleOptions, TestTimeTransformName } from "../config/inference.js";
import type { LossConfig, SomeLossWeights } from "../config/loss.js";
import type { ModelOptions } from "../config/model.js";
import type { LearningRate, TrainSettings } from "../config/train.js";
import type { LossFunction } from "../train/own-loss.js";
import type { MetricName } from "./metrics.js";

/** How a variant is trained. Its epochs come from the budget, and its seed from the comparison. */
export interface VariantTraining extends TrainSettings {
  /** The learning rate by optimizer step, in place of the schedule's. Default []. */
  readonly learningRates?: LearningRate[];
  /** Weights of the loss's terms by epoch, over those of `loss`. Default []. */
  readonly lossWeights?: SomeLossWeights[];
  /** The weights of the loss's terms and their options, or a function. By default the paper's stabilized loss. */
  readonly loss?: LossConfig | "own" | LossFunction;
}

/** How a variant is scored. */
export interface VariantScoring extends RuleOptions {
  /** Average the probabilities over flips and rotations: true over seven of the eight, or those named. Default false. */
  readonly tta?: boolean | TestTimeTransformName[];
}

/** What a variant changes; everything that is not named is as in its base. */
export interface VariantChanges {
  /** Options of `Model.create`. */
  readonly model?: ModelOptions;
  /** Options of the trainer. Epochs come from the budget, and seeds from the comparison. */
  readonly train?: VariantTraining;
  /** How training images are drawn. */
  readonly sampler?: "complexity" | "uniform";
  /** Rounds of active learning in place of one training on all images. All rounds together have the steps of one training. */
  readonly active?: ActiveOptions;
  /** How the trained network is scored: test-time augmentation, threshold, separation. A variant that changes this alone is not trained anew. */
  readonly evaluate?: VariantScoring;
}

/** A system of one's own: `{ name: "wide", model: { decoderChannels: [512, 256, 128, 64, 32] } }`. */
export interface Variant extends VariantChanges {
  /** Of its row and its files: lower-case letters, digits and dashes, beginning with a letter. */
  readonly name: string;
  /** As tables show it. Default: the name. */
  readonly title?: string;
  /** What it is, in some words. */
  readonly description?: string;
  /** The system that it is a change of, and that it is compared with. Default "enhanced". */
  readonly base?: string;
}

export type RowKind = "system" | "ablation" | "variant" | "predictions";

/** A row of the comparison. The settings of all rows (encoder, crops, …) lie between its two parts. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: RowKind;
  /** The system that it is a change of, and the only one that an ablation is compared with. */
  readonly base?: string;
  /** What makes that system. */
  readonly preset: VariantChanges;
  /** What is changed of it. */
  readonly changes: VariantChanges;
  /** The score that the paper argues with for this part of the method. */
  readonly argues?: MetricName | "stability";
  /** Dice that the paper's Table II prints, on its own data, %. */
  readonly paperDice?: number;
}
