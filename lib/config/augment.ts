import { z } from "zod";

const probability = (byDefault: number) => z.number().min(0).max(1).default(byDefault);

/** Augmentation of training images. `horizontalFlip` … `brightnessContrast` are probabilities. */
export const augmentOptionsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  horizontalFlip: probability(0.5),
  verticalFlip: probability(0.5),
  /** Of a rotation by 90°, 180° or 270°, equally likely; an image that is not square only turns by 180°. */
  rotate90: probability(0.5),
  elastic: probability(0.3),
  /** What the smoothed noise in [−1, 1] is multiplied with, px. */
  elasticAlpha: z.number().min(0).max(10_000).default(120),
  /** Standard deviation of the Gaussian that smooths the noise, px. */
  elasticSigma: z.number().positive().max(1000).default(9),
  brightnessContrast: probability(0.5),
  /** Largest shift of the brightness, as a share of 255. */
  brightnessLimit: probability(0.2),
  /** Largest relative change of the contrast. */
  contrastLimit: probability(0.2),
});

export type AugmentConfig = z.input<typeof augmentOptionsSchema>;
