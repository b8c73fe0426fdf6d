import type { ActiveOptions } from "./active.js";
import type { ModelOptions } from "./model.js";
import type { TrainConfigInput } from "./train.js";

/** A named starting point: what differs from the defaults, for `Model.create` and for `new Trainer`. */
export interface Preset {
  /** What it is, in a line. */
  readonly description: string;
  /** What differs from the defaults of `Model.create`. */
  readonly model: ModelOptions;
  /** What differs from the defaults of the trainer. */
  readonly train: TrainConfigInput;
  /** How `acinus train` draws the images; "complexity" (`Sampler.byComplexity`) where it is missing. */
  readonly sampler?: "complexity" | "uniform";
  /** The rounds in which `compare` trains it, with `runActiveLearning`; `acinus train` trains it on all images. */
  readonly active?: ActiveOptions;
  /** Whether `acinus train` chooses a random field with the threshold, by the validation images (`chooseCells` with crf "choose"). */
  readonly crf?: boolean;
}

/** The soft Dice loss alone, without the clamps of the stabilized one. */
const softDice = { dice: 1, bce: 0, tversky: 0, logitClamp: 0, epsilon: 0 } as const;

/** Spread one part over another: `{ ...presets.fast.train, epochs: 10 }`. */
export const presets = {
  /** The Enhanced system of the paper (Table II, last row): the sum of all defaults. */
  paper: {
    description: "the paper's Enhanced system: EfficientNet-B7, 200 epochs, batch 4 × 2",
    model: {},
    train: {},
  },
  /** The same under the name that the paper's tables give it. */
  enhanced: { description: "the same as paper", model: {}, train: {} },
  /** The same method where a result in minutes counts for more than the last point of Dice: a tenth of the weights, a pretrained
   * start where it can be had (`model.start` tells which it was), a higher learning rate. */
  fast: {
    description: "the same method on EfficientNet-Lite0 with ImageNet weights in 30 epochs, for a CPU or a first look",
    model: { encoder: "efficientnet-lite0", weights: "imagenet-or-random" },
    train: { epochs: 30, batch: 8, accumulation: 1, schedule: { maxLearningRate: 1e-3 } },
  },
  /** The paper's other systems (Table II). What the paper does not say of them is as in the Enhanced system: schedule, augmentation, guards. */
  unet: {
    description: "Ronneberger's U-Net with BatchNorm, soft Dice loss",
    model: { architecture: "unet-ronneberger" },
    train: { loss: softDice },
    sampler: "uniform",
  },
  "attention-unet": {
    description: "attention gates on every skip, squeeze-and-excitation, soft Dice loss",
    model: { architecture: "attention-unet" },
    train: { loss: softDice },
    sampler: "uniform",
  },
  "attention-unet-hybrid": {
    description: "attention-unet with 0.5 Dice + 0.3 focal + 0.2 boundary",
    model: { architecture: "attention-unet" },
    train: { loss: { ...softDice, dice: 0.5, focal: 0.3, boundary: 0.2, focalGamma: 2, focalAlpha: 0.25 } },
    sampler: "uniform",
  },
  /** The network and its training, and the rounds in which it is trained again with more images. */
  "attention-unet-active": {
    description: "attention-unet with dropout, for rounds of active learning",
    model: { architecture: "attention-unet", dropout: 0.2 },
    train: { loss: softDice },
    sampler: "uniform",
    active: { rounds: 5, initial: 0.2, acquire: 0.1, by: "entropy", passes: 8 },
  },
  "multiscale-attention-unet": {
    description:
      "attention-unet with atrous spatial pyramid pooling in its bottleneck, crops on cells, soft Dice loss, random field",
    model: { architecture: "multiscale-attention-unet" },
    train: { loss: softDice, cropOnCells: 0.5 },
    sampler: "uniform",
    crf: true,
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
