import { z } from "zod";

/** The Gabor bank of the edge channel (paper eq. 4). Lengths in pixels, angles in radians. */
export const edgeOptionsSchema = z.strictObject({
  /** θ = k·180°/orientations. */
  orientations: z.int().min(1).max(64).default(8),
  wavelengths: z.array(z.number().positive().max(1000)).min(1).max(32).default([4, 10, 20]),
  sigma: z.number().positive().default(5),
  /** Aspect ratio of the Gaussian envelope. */
  gamma: z.number().positive().default(0.5),
  /** Phase of the cosine. */
  psi: z.number().default(0),
  kernelSize: z
    .int()
    .min(3)
    .max(255)
    .refine((size) => size % 2 === 1, "must be odd")
    .default(31),
  /** Makes a flat region answer 0; false gives the raw kernels of eq. 4. */
  dcCompensation: z.boolean().default(true),
  l1Normalize: z.boolean().default(true),
  /**
   * "image": each image's (or tile's) own range of responses becomes 0 to 1. "fixed": a response is divided by what the bank can answer at most,
   * and multiplied by `gain`, 1 at most: the same everywhere, so that tiles agree and an empty dark image stays empty.
   */
  scale: z.enum(["image", "fixed"]).default("image"),
  /** Of scale "fixed". */
  gain: z.number().positive().max(1000).default(4),
  /**
   * Of a training image: take the edges of the pixels as they were before augmentation, and carry them through its flips, rotations and
   * elastic deformation, not through its brightness and contrast. Otherwise they are those of the pixels that the network sees.
   */
  beforeAugmentation: z.boolean().default(false),
});
