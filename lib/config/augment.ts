import { z } from "zod";

/** Augmentation of training images, each step by itself at random. */
export interface AugmentConfig {
  /** Whether images are augmented at all. Default true. */
  enabled?: boolean;
  /** Probability of a horizontal flip, 0 to 1. Default 0.5. */
  horizontalFlip?: number;
  /** Probability of a vertical flip, 0 to 1. Default 0.5. */
  verticalFlip?: number;
  /**
   * Probability of a rotation by 90°, 180° or 270°, equally likely, 0 to 1; an image that is not square only turns by 180°. Default 0.5.
   */
  rotate90?: number;
  /** Probability of an elastic deformation, 0 to 1. Default 0.3. */
  elastic?: number;
  /** What the smoothed noise in [−1, 1] is multiplied with, px, 0 to 10,000. Default 120. */
  elasticAlpha?: number;
  /** Standard deviation of the Gaussian that smooths the noise, px, above 0, at most 1000. Default 9. */
  elasticSigma?: number;
  /** Probability of a change of brightness and contrast, 0 to 1. Default 0.5. */
  brightnessContrast?: number;
  /** Largest shift of the brightness either way, as a share of 255, 0 to 1. Default 0.2. */
  brightnessLimit?: number;
  /** Largest relative change of the contrast either way, 0 to 1. Default 0.2. */
  contrastLimit?: number;
}

/** Augmentation of training images, with all defaults. */
export interface AugmentSettings extends AugmentConfig {
  enabled: boolean;
  horizontalFlip: number;
  verticalFlip: number;
  rotate90: number;
  elastic: number;
  elasticAlpha: number;
  elasticSigma: number;
  brightnessContrast: number;
  brightnessLimit: number;
  contrastLimit: number;
}

const probability = (byDefault: number) => z.number().min(0).max(1).default(byDefault);

export const augmentOptionsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  horizontalFlip: probability(0.5),
  verticalFlip: probability(0.5),
  rotate90: probability(0.5),
  elastic: probability(0.3),
  elasticAlpha: z.number().min(0).max(10_000).default(120),
  elasticSigma: z.number().positive().max(1000).default(9),
  brightnessContrast: probability(0.5),
  brightnessLimit: probability(0.2),
  contrastLimit: probability(0.2),
});
