import { z } from "zod";

const weight = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);

/** The stabilized combined loss (METHOD section 4, paper Algorithm 1). */
export const stabilizedLossOptionsSchema = z
  .strictObject({
    diceWeight: weight(0.5),
    bceWeight: weight(0.3),
    tverskyWeight: weight(0.2),
    /**
     * Of the boundary term (Kervadec 2019): the mean of σ(logit) times the signed distance to the true boundary, px, negative inside of
     * cells. Distances grow with the image, so a weight is small: 0.01 to begin with. 0 computes none.
     */
    boundaryWeight: weight(0),
    /** Weight of false positives in the Tversky term. */
    tverskyAlpha: weight(0.7),
    /** Weight of false negatives in the Tversky term. */
    tverskyBeta: weight(0.3),
    /** Dice and Tversky see logits clamped to ± this; the cross-entropy sees them as they are. */
    logitClamp: z.number().positive().default(10),
    /** Probabilities are kept this far from 0 and 1. */
    epsilon: z.number().min(0).lt(0.5).default(1e-7),
    /** Added to numerators and denominators: an empty prediction on an empty mask costs nothing. */
    smooth: z.number().positive().default(1),
    /** Range of the cross-entropy's weight of cell pixels. */
    positiveWeightMin: z.number().positive().default(1),
    positiveWeightMax: z.number().positive().default(50),
  })
  .refine((options) => options.positiveWeightMin <= options.positiveWeightMax, {
    path: ["positiveWeightMin"],
    error: "must not exceed positiveWeightMax",
  });

export type StabilizedLossConfig = z.input<typeof stabilizedLossOptionsSchema>;
