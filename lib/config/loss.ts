import { z } from "zod";

const weight = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);

/** Every term of the loss, by its name. */
export const lossTerms = ["dice", "bce", "tversky", "focal", "boundary"] as const;
export type LossTermName = (typeof lossTerms)[number];

/**
 * The loss: how much each of its terms counts, and their options. A term whose weight is 0 is left out and not computed. The defaults are the
 * paper's stabilized loss (paper Algorithm 1).
 */
export interface LossConfig {
  /** Weight of the soft Dice term, 0 to 1000. Default 0.5. */
  dice?: number;
  /** Weight of the binary cross-entropy, 0 to 1000. Default 0.3. */
  bce?: number;
  /** Weight of the Tversky term, 0 to 1000. Default 0.2. */
  tversky?: number;
  /** Weight of the focal loss (Lin 2017), a mean over pixels, 0 to 1000. Default 0. */
  focal?: number;
  /**
   * Weight of the boundary term (Kervadec 2019): the mean of σ(logit) times the signed distance to the true boundary, px, negative inside of
   * cells. Distances grow with the image (`boundaryScale`), so a weight is small: 0.01 to begin with. 0 to 1000. Default 0.
   */
  boundary?: number;
  /** Weight of false positives in the Tversky term, 0 to 1000. Default 0.7. */
  tverskyAlpha?: number;
  /** Weight of false negatives in the Tversky term, 0 to 1000. Default 0.3. */
  tverskyBeta?: number;
  /**
   * Dice and Tversky see logits clamped to ± this, at least 0, or as they are where it is 0; the other terms see them as they are. Default 10.
   */
  logitClamp?: number;
  /** Dice and Tversky see probabilities that are kept this far from 0 and 1, 0 to below 0.5. Default 1e-7. */
  epsilon?: number;
  /** Added to numerators and denominators of Dice and Tversky, px, above 0: an empty prediction on an empty mask costs nothing. Default 1. */
  smooth?: number;
  /** Smallest weight of cell pixels in the cross-entropy, above 0; 1 here and in `positiveWeightMax` makes it the plain one. Default 1. */
  positiveWeightMin?: number;
  /** Largest weight of cell pixels in the cross-entropy, above 0, not below `positiveWeightMin`. Default 50. */
  positiveWeightMax?: number;
  /** How little the focal term counts pixels that are right already, 0 to 100; at 0 all count alike. Default 2. */
  focalGamma?: number;
  /** The focal term's weight of cell pixels, 0 to 1; that of the others is 1 − focalAlpha. Default 0.25. */
  focalAlpha?: number;
  /**
   * Distances of the boundary term: "px" as they are, as in Kervadec's reference, so that the term grows with the image; "image" divided by the
   * largest of each image, so that they lie within ± 1 and a weight means the same for every size. Default "px".
   */
  boundaryScale?: "px" | "image";
}

/** The loss, with all defaults. */
export interface LossSettings extends LossConfig {
  dice: number;
  bce: number;
  tversky: number;
  focal: number;
  boundary: number;
  tverskyAlpha: number;
  tverskyBeta: number;
  logitClamp: number;
  epsilon: number;
  smooth: number;
  positiveWeightMin: number;
  positiveWeightMax: number;
  focalGamma: number;
  focalAlpha: number;
  boundaryScale: "px" | "image";
}

/** Of a loss: the weight of each of its terms. */
export type LossWeights = Readonly<Record<LossTermName, number>>;

/** Weights of some terms of the loss, in place of those that they have: each 0 to 1000. The others keep theirs. */
export type SomeLossWeights = Partial<Record<LossTermName, number>>;

const terms = {
  dice: weight(0.5),
  bce: weight(0.3),
  tversky: weight(0.2),
  focal: weight(0),
  boundary: weight(0),
} satisfies Record<LossTermName, z.ZodType>;

export const lossOptionsSchema = z
  .strictObject({
    ...terms,
    tverskyAlpha: weight(0.7),
    tverskyBeta: weight(0.3),
    logitClamp: z.number().min(0).default(10),
    epsilon: z.number().min(0).lt(0.5).default(1e-7),
    smooth: z.number().positive().default(1),
    positiveWeightMin: z.number().positive().default(1),
    positiveWeightMax: z.number().positive().default(50),
    focalGamma: z.number().min(0).max(100).default(2),
    focalAlpha: z.number().min(0).max(1).default(0.25),
    boundaryScale: z.enum(["px", "image"]).default("px"),
  })
  .refine((options) => options.positiveWeightMin <= options.positiveWeightMax, {
    path: ["positiveWeightMin"],
    error: "must not exceed positiveWeightMax",
  })
  .refine((options) => lossTerms.some((term) => options[term] > 0), {
    error: `must give a weight above 0 to one of ${lossTerms.join(", ")}`,
  });

const some = z.number().min(0).max(1000).optional();
/** Weights of some terms of the loss, in place of those that they have. */
export const lossWeightsSchema = z.strictObject({
  dice: some,
  bce: some,
  tversky: some,
  focal: some,
  boundary: some,
} satisfies Record<LossTermName, z.ZodType>);

/** The names that weights had before version 0.1 was released. */
const formerNames: Readonly<Record<string, LossTermName>> = {
  diceWeight: "dice",
  bceWeight: "bce",
  tverskyWeight: "tversky",
  boundaryWeight: "boundary",
};

/** A training configuration of a file, with the names of today. A name of today that is there as well is left to the schema to refuse. */
export function withTodaysNames(config: unknown): unknown {
  if (!isObject(config) || !isObject(config.loss)) return config;
  const { loss } = config;
  const renamed = Object.entries(loss).map(([key, value]) => {
    const name = formerNames[key];
    return [name === undefined || name in loss ? key : name, value] as const;
  });
  return { ...config, loss: Object.fromEntries(renamed) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
