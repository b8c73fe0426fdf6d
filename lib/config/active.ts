import { z } from "zod";

/** What images are acquired by: the mean predictive entropy, the mean of what the passes disagree about, or chance (the control). */
export const acquisitions = ["entropy", "bald", "random"] as const;
export type Acquisition = (typeof acquisitions)[number];

const images = (byDefault: number) =>
  z
    .number()
    .gt(0)
    .max(1e9)
    .refine((amount) => amount <= 1 || Number.isInteger(amount), "must be a share of at most 1, or a whole number of images")
    .default(byDefault);

/** Rounds of active learning: a network is trained on a pool of labelled images, then chooses the images that join the pool. */
export interface ActiveOptions {
  /** Trainings in all, 1 to 1000. The first sees the initial pool; before each other one, images join the pool. Default 5. */
  rounds?: number;
  /**
   * The initial pool, above 0, at most 1000000000: up to 1 a share of the training images, above 1 a number of images. It is drawn from the seed, with
   * like shares of images with and without cells, and at least one with cells. Default 0.2.
   */
  initial?: number;
  /**
   * How many images join the pool between two rounds, above 0, at most 1000000000: up to 1 a share of the training images, above 1 a number. Default 0.1.
   */
  acquire?: number;
  /** What images outside of the pool are ranked by, the highest first: "entropy", "bald", or "random", which looks at no image. Default "entropy". */
  by?: Acquisition;
  /** Passes with dropout over each image outside of the pool, 1 to 10,000. Default 20. */
  passes?: number;
  /** Each later round begins at the best weights of the round before ("warm"), or as the first did ("anew"). Default "warm". */
  start?: "warm" | "anew";
  /**
   * How much an image outside of the pool counts in the loss with the labels that the network of the round before gives it (pseudo-labels): what it
   * adds to each term is multiplied by this, 0 to 1000; at 0 there are no pseudo-labels. Default 0.
   */
  pseudoWeight?: number;
  /**
   * A pixel has a pseudo-label where the mean probability of the passes is at least this, or at most 1 less this; the others are ignored: above 0.5,
   * at most 1. Default 0.95.
   */
  pseudoConfidence?: number;
  /**
   * A pixel is highly uncertain where its uncertainty is above this quantile of those of all pixels that were looked at, 0 to below 1; the records
   * tell which share of these is background. Default 0.95.
   */
  uncertainQuantile?: number;
}

/** Rounds of active learning, with all defaults. */
export interface ActiveConfig extends ActiveOptions {
  rounds: number;
  initial: number;
  acquire: number;
  by: Acquisition;
  passes: number;
  start: "warm" | "anew";
  pseudoWeight: number;
  pseudoConfidence: number;
  uncertainQuantile: number;
}

export const activeOptionsSchema = z.strictObject({
  rounds: z.int().min(1).max(1000).default(5),
  initial: images(0.2),
  acquire: images(0.1),
  by: z.enum(acquisitions).default("entropy"),
  passes: z.int().min(1).max(10_000).default(20),
  start: z.enum(["warm", "anew"]).default("warm"),
  pseudoWeight: z.number().min(0).max(1000).default(0),
  pseudoConfidence: z.number().gt(0.5).max(1).default(0.95),
  uncertainQuantile: z.number().min(0).lt(1).default(0.95),
});
