import { z } from "zod";

const gain = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);

/** How the statistics of a mask become a sampling weight (METHOD section 8). */
export const complexityOptionsSchema = z.strictObject({
  /** Weight of an image without cells. */
  emptyWeight: gain(1),
  /** Weight of an image with cells, before the factors below. */
  cellWeight: gain(2),
  /** How much a boundary complexity of 1 adds, relative. */
  boundaryGain: gain(0.5),
  /** How much a density of 1 adds, relative. */
  densityGain: gain(0.5),
  /** perimeter / (4·√(π·area)) at which the boundary complexity is 1. */
  boundaryScale: z.number().positive().default(3),
  /** Number of cells at which the density is 1. */
  crowdedComponents: z.number().positive().default(25),
  /** A cell below this area, px, multiplies the weight by `smallFactor`. */
  smallArea: z.number().min(0).default(70),
  smallFactor: gain(1.5),
});

export type ComplexityConfig = z.input<typeof complexityOptionsSchema>;
