import { z } from "zod";

const weight = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);

/** Every term of the loss, by its name. */
export const lossTerms = ["dice", "bce", "tversky", "focal", "boundary"] as const;
export type LossTermName = (typeof lossTerms)[number];

const terms = {
  dice: weight(0.5),
  bce: weight(0.3),
  tversky: weight(0.2),
  /** The mean over pixels of the focal loss (Lin 2017). */
  focal: weight(0),
  /**
   * The boundary term (Kervadec 2019): the mean of σ(logit) times the signed distance to the true boundary, px, negative inside of
   * cells. Distances grow with the image (`boundaryScale`), so a weight is small: 0.01 to begin with.
   */
  boundary: weight(0),
} satisfies Record<LossTermName, z.ZodType>;

/**
 * The loss: how much each of its terms counts, and their options. A term whose weight is 0 is left out and not computed. The defaults are the
 * paper's stabilized loss (paper Algorithm 1).
 */
export const lossOptionsSchema = z
  .strictObject({
    ...terms,
    /** Weight of false positives in the Tversky term. */
    tverskyAlpha: weight(0.7),
    /** Weight of false negatives in the Tversky term. */
    tverskyBeta: weight(0.3),
    /** Dice and Tversky see logits clamped to ± this, or as they are where it is 0; the other terms see them as they are. */
    logitClamp: z.number().min(0).default(10),
    /** Dice and Tversky see probabilities that are kept this far from 0 and 1. */
    epsilon: z.number().min(0).lt(0.5).default(1e-7),
    /** Added to numerators and denominators of Dice and Tversky: an empty prediction on an empty mask costs nothing. */
    smooth: z.number().positive().default(1),
    /** Range of the cross-entropy's weight of cell pixels; 1 and 1 make it the plain one. */
    positiveWeightMin: z.number().positive().default(1),
    positiveWeightMax: z.number().positive().default(50),
    /** How little the focal term counts pixels that are right already; 0 counts all alike. */
    focalGamma: z.number().min(0).max(100).default(2),
    /** The focal term's weight of cell pixels; that of the others is 1 − focalAlpha. */
    focalAlpha: z.number().min(0).max(1).default(0.25),
    /**
     * Distances of the boundary term: "px" (default) as they are, as in Kervadec's reference, so that the term grows with the image; "image" divided
     * by the largest of each image, so that they lie within ± 1 and a weight means the same for every size.
     */
    boundaryScale: z.enum(["px", "image"]).default("px"),
  })
  .refine((options) => options.positiveWeightMin <= options.positiveWeightMax, {
    path: ["positiveWeightMin"],
    error: "must not exceed positiveWeightMax",
  })
  .refine((options) => lossTerms.some((term) => options[term] > 0), {
    error: `must give a weight above 0 to one of ${lossTerms.join(", ")}`,
  });

/** The options of the loss, each with a default. */
export type LossConfig = z.input<typeof lossOptionsSchema>;
/** Of a loss: the weight of each of its terms. */
export type LossWeights = Readonly<Record<LossTermName, number>>;

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
