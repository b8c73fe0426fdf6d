import type { ModelOptions } from "./model.js";
import type { TrainConfigInput } from "./train.js";

/** A named starting point: what differs from the defaults, for `Model.create` and for `new Trainer`. */
export interface Preset {
  readonly description: string;
  readonly model: Readonly<Partial<ModelOptions>>;
  readonly train: Readonly<TrainConfigInput>;
}

/** Spread one part over another: `{ ...presets.fast.train, epochs: 10 }`. */
export const presets = {
  /** The Enhanced system of the paper (Table II, last row): the sum of all defaults. */
  paper: {
    description: "the paper's Enhanced system: EfficientNet-B7, 200 epochs, batch 4 × 2",
    model: {},
    train: {},
  },
  /** The same method where a result in minutes counts for more than the last point of Dice: a tenth of the weights, a pretrained
   * start where it can be had (`model.start` tells which it was), a higher learning rate. */
  fast: {
    description: "the same method on EfficientNet-Lite0 with ImageNet weights in 30 epochs, for a CPU or a first look",
    model: { encoder: "efficientnet-lite0", weights: "imagenet-or-random" },
    train: { epochs: 30, batch: 8, accumulation: 1, schedule: { maxLearningRate: 1e-3 } },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
