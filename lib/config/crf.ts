import { z } from "zod";

const weight = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);
const width = (byDefault: number, most: number) => z.number().positive().max(most).default(byDefault);

/**
 * A fully connected conditional random field over the pixels of an image (Krähenbühl and Koltun 2011, two labels, mean field): near pixels, and
 * near pixels of like colour, pull each other to one label. It follows edges that a network's probabilities blur. Its time grows with the
 * square of the widths.
 */
export const crfSchema = z.strictObject({
  /** How much pixels that are near pull, whatever their colour; 0: not at all. */
  gaussianWeight: weight(1),
  /** Standard deviation in place, px. */
  gaussianWidth: width(2, 100),
  /** How much pixels that are near and of like colour pull; 0: not at all. */
  bilateralWeight: weight(2),
  /** Standard deviation in place, px. */
  bilateralWidth: width(4, 40),
  /** Standard deviation in each colour, grey levels of 255. */
  colourWidth: width(20, 1000),
  /** Of the mean field. */
  iterations: z.int().min(1).max(100).default(5),
});

export type CrfOptions = z.input<typeof crfSchema>;
export type CrfConfig = z.output<typeof crfSchema>;
