/** The paper's ablations: each takes one part out of the Enhanced system, or puts another in its place. The last are of its fourth system. */
import type { Row, VariantChanges } from "./variant.js";

/** `base`: the system that it is a change of; default "enhanced". */
export type Ablation = Omit<Row, "name" | "kind" | "preset" | "changes"> & VariantChanges;

const clippingOff = { optimizer: { gradientClip: 0 } } as const;
const clampOff = { loss: { logitClamp: 0 } } as const;
/** OneCycle from the peak to the peak. */
const constantRate = { schedule: { divFactor: 1, finalDivFactor: 1, cycleMomentum: false } } as const;
/** No average, and no value counts as an outlier. */
const rawSelection = { monitor: { emaDecay: 0, outlierThreshold: 1e9 } } as const;

export const ablations = {
  "edges-off": {
    title: "without edge channel",
    description: "the network sees RGB alone (inputMode drop)",
    argues: "meanDistance",
    model: { inputMode: "drop" },
  },
  "edges-inflate": {
    title: "4-channel stem",
    description: "the edge channel enters a stem of four channels instead of a projection (inputMode inflate)",
    argues: "meanDistance",
    model: { inputMode: "inflate" },
  },
  "uniform-sampling": {
    title: "uniform sampling",
    description: "every image once an epoch",
    argues: "lesionRecall",
    sampler: "uniform",
  },
  "stabilisation-off": {
    title: "without stabilisation",
    description: "no clipping, no clamp of the logits, constant learning rate, selection on the raw score",
    argues: "stability",
    train: { ...clippingOff, ...clampOff, ...constantRate, ...rawSelection },
  },
  "clipping-off": { title: "without clipping", description: "gradients as they are", argues: "stability", train: clippingOff },
  "clamp-off": {
    title: "without clamp",
    description: "Dice and Tversky see the logits as they are",
    argues: "stability",
    train: clampOff,
  },
  "constant-rate": {
    title: "constant learning rate",
    description: "the peak of the schedule throughout",
    argues: "stability",
    train: constantRate,
  },
  "raw-selection": {
    title: "raw selection",
    description: "the best epoch by its own score, without average and outlier test",
    argues: "stability",
    train: rawSelection,
  },
  "dice-off": { title: "without Dice term", description: "weight 0", train: { loss: { dice: 0 } } },
  "bce-off": { title: "without cross-entropy", description: "weight 0", train: { loss: { bce: 0 } } },
  "tversky-off": {
    title: "without Tversky term",
    description: "weight 0",
    argues: "lesionRecall",
    train: { loss: { tversky: 0 } },
  },
  "boundary-on": {
    title: "with boundary term",
    description: "loss.boundary 0.01 (Kervadec 2019)",
    argues: "meanDistance",
    train: { loss: { boundary: 0.01 } },
  },
  "tta-off": { title: "without test-time augmentation", description: "the same weights", evaluate: { tta: false } },
  "scse-off": { title: "without SCSE", description: "no attention in the decoder", model: { decoderAttention: "none" } },
  "unet-decoder": {
    title: "U-Net decoder",
    description: "smp's Unet for UNet++, with SCSE",
    model: { architecture: "unet", decoderAttention: "scse" },
  },
  "encoder-b0": { title: "encoder b0", description: "EfficientNet-B0", model: { encoder: "efficientnet-b0" } },
  "encoder-lite0": { title: "encoder lite0", description: "EfficientNet-Lite0", model: { encoder: "efficientnet-lite0" } },
  "encoder-b3": { title: "encoder b3", description: "EfficientNet-B3", model: { encoder: "efficientnet-b3" } },
  "active-random": {
    title: "acquired by chance",
    description: "the control of active learning: in each round images drawn from the seed join the pool",
    base: "attention-unet-active",
    active: { by: "random" },
  },
  "active-pseudo-labels": {
    title: "with pseudo-labels",
    description: "images outside of the pool count half, with the labels that the round before is confident of",
    base: "attention-unet-active",
    active: { pseudoWeight: 0.5 },
  },
  "active-all-images": {
    title: "on all images",
    description: "no rounds: one training on every image, which active learning is to come near to",
    base: "attention-unet-active",
    active: { rounds: 1, initial: 1 },
  },
  "random-weights": { title: "random start", description: "no pretrained weights", model: { weights: "random" } },
} as const satisfies Record<string, Ablation>;

export type AblationName = keyof typeof ablations;
export const ablationNames = Object.keys(ablations) as AblationName[];
