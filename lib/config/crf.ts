import { z } from "zod";

const weight = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);
const width = (byDefault: number, most: number) => z.number().positive().max(most).default(byDefault);

/**
 * A fully connected conditional random field over the pixels of an image (Krähenbühl and Koltun 2011, two labels, mean field): near pixels, and
 * near pixels of like colour, pull each other to one label. It follows edges that a network's probabilities blur. Its time grows with the
 * square of the widths.
 */
export interface CrfOptions {
  /** How much pixels that are near pull, whatever their colour, 0 to 1000; at 0 not at all. Default 1. */
  gaussianWeight?: number;
  /** Standard deviation in place of that pull, px, above 0, at most 100. Default 2. */
  gaussianWidth?: number;
  /** How much pixels that are near and of like colour pull, 0 to 1000; at 0 not at all. Default 2. */
  bilateralWeight?: number;
  /** Standard deviation in place of that pull, px, above 0, at most 40. Default 4. */
  bilateralWidth?: number;
  /** Standard deviation of that pull in each colour, grey levels of 255, above 0, at most 1000. Default 20. */
  colourWidth?: number;
  /** Iterations of the mean field, 1 to 100. Default 5. */
  iterations?: number;
}

/** The options of a random field, with all defaults. */
export interface CrfConfig extends CrfOptions {
  gaussianWeight: number;
  gaussianWidth: number;
  bilateralWeight: number;
  bilateralWidth: number;
  colourWidth: number;
  iterations: number;
}

export const crfSchema = z.strictObject({
  gaussianWeight: weight(1),
  gaussianWidth: width(2, 100),
  bilateralWeight: weight(2),
  bilateralWidth: width(4, 40),
  colourWidth: width(20, 1000),
  iterations: z.int().min(1).max(100).default(5),
});
