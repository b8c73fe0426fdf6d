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
export const activeOptionsSchema = z.strictObject({
  /** Trainings in all, 1 to 1000. The first sees the initial pool; before each other one, images join the pool. Default 5. */
  rounds: z.int().min(1).max(1000).default(5),
  /**
   * The initial pool: up to 1 a share of the training images, above 1 a number of images. It is drawn from the seed, with like shares of images
   * with and without cells, and at least one with cells. Default 0.2.
   */
  initial: images(0.2),
  /** How many images join the pool between two rounds: up to 1 a share of the training images, above 1 a number. Default 0.1. */
  acquire: images(0.1),
  /** What images outside of the pool are ranked by, the highest first: "entropy" (default), "bald", or "random", which looks at no image. */
  by: z.enum(acquisitions).default("entropy"),
  /** Passes with dropout over each image outside of the pool, 1 to 10,000. Default 20. */
  passes: z.int().min(1).max(10_000).default(20),
  /** Each later round begins at the best weights of the round before ("warm", default), or as the first did ("anew"). */
  start: z.enum(["warm", "anew"]).default("warm"),
  /**
   * How much an image outside of the pool counts in the loss with the labels that the network of the round before gives it (pseudo-labels): what it
   * adds to each term is multiplied by this. 0 to 1000; 0 (default): no pseudo-labels.
   */
  pseudoWeight: z.number().min(0).max(1000).default(0),
  /**
   * A pixel has a pseudo-label where the mean probability of the passes is at least this, or at most 1 less this; the others are ignored. Above 0.5,
   * at most 1. Default 0.95.
   */
  pseudoConfidence: z.number().gt(0.5).max(1).default(0.95),
  /**
   * A pixel is highly uncertain where its uncertainty is above this quantile of those of all pixels that were looked at; the records tell which
   * share of these is background. From 0, below 1. Default 0.95.
   */
  uncertainQuantile: z.number().min(0).lt(1).default(0.95),
});

export type ActiveOptions = z.input<typeof activeOptionsSchema>;
export type ActiveConfig = z.output<typeof activeOptionsSchema>;
