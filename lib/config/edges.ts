import { z } from "zod";

/** The Gabor bank of the edge channel (paper eq. 4). */
export interface EdgeConfig {
  /** Number of orientations, evenly over 180°, 1 to 64. Default 8. */
  orientations?: number;
  /** Wavelengths of the cosine, px, 1 to 32 of them, each above 0, at most 1000. Default [4, 10, 20]. */
  wavelengths?: number[];
  /** Standard deviation of the Gaussian envelope, px, above 0. Default 5. */
  sigma?: number;
  /** Aspect ratio of the Gaussian envelope, above 0; 1 is round. Default 0.5. */
  gamma?: number;
  /** Phase of the cosine, radians. Default 0. */
  psi?: number;
  /** Side of the kernels, px, odd, 3 to 255. Default 31. */
  kernelSize?: number;
  /** Makes a flat region answer 0; false gives the raw kernels of eq. 4. Default true. */
  dcCompensation?: boolean;
  /** Divides each kernel by the sum of its absolute values, so that all wavelengths count alike. Default true. */
  l1Normalize?: boolean;
  /**
   * "image": each image's (or tile's) own range of responses becomes 0 to 1. "fixed": a response is divided by what the bank can answer at most,
   * and multiplied by `gain`, 1 at most: the same everywhere, so that tiles agree and an empty dark image stays empty. Default "image".
   */
  scale?: "image" | "fixed";
  /** What responses are multiplied by with scale "fixed", above 0, at most 1000. Default 4. */
  gain?: number;
  /**
   * Of a training image: take the edges of the pixels as they were before augmentation, and carry them through its flips, rotations and
   * elastic deformation, not through its brightness and contrast. Otherwise they are those of the pixels that the network sees. Default false.
   */
  beforeAugmentation?: boolean;
}

/** The Gabor bank of the edge channel, with all defaults. */
export interface EdgeSettings extends EdgeConfig {
  orientations: number;
  wavelengths: number[];
  sigma: number;
  gamma: number;
  psi: number;
  kernelSize: number;
  dcCompensation: boolean;
  l1Normalize: boolean;
  scale: "image" | "fixed";
  gain: number;
  beforeAugmentation: boolean;
}

export const edgeOptionsSchema = z.strictObject({
  orientations: z.int().min(1).max(64).default(8),
  wavelengths: z.array(z.number().positive().max(1000)).min(1).max(32).default([4, 10, 20]),
  sigma: z.number().positive().default(5),
  gamma: z.number().positive().default(0.5),
  psi: z.number().default(0),
  kernelSize: z
    .int()
    .min(3)
    .max(255)
    .refine((size) => size % 2 === 1, "must be odd")
    .default(31),
  dcCompensation: z.boolean().default(true),
  l1Normalize: z.boolean().default(true),
  scale: z.enum(["image", "fixed"]).default("image"),
  gain: z.number().positive().max(1000).default(4),
  beforeAugmentation: z.boolean().default(false),
});
