import { z } from "zod";

const gain = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);

/** The formulas that there are: "v1" is the one of runs that began before there were two. */
export const complexityVersions = ["v2", "v1"] as const;
export type ComplexityVersion = (typeof complexityVersions)[number];

/** How the statistics of a mask become a sampling weight. Lengths and areas in px. */
export interface ComplexityConfig {
  /**
   * "v2": boundary complexity and density of the cells themselves, whatever their number and the image's size, and cells that the image's rim
   * cuts are not small. "v1": the former formula, of the whole foreground. Default "v2".
   */
  complexity?: ComplexityVersion;
  /** Weight of an image without cells, 0 to 1000. Default 1. */
  emptyWeight?: number;
  /** Weight of an image with cells, before the factors below, 0 to 1000. Default 2. */
  cellWeight?: number;
  /** How much a boundary complexity of 1 adds, relative, 0 to 1000. Default 0.5. */
  boundaryGain?: number;
  /** How much a density of 1 adds, relative, 0 to 1000. Default 0.5. */
  densityGain?: number;
  /** Of "v2": number of cells per 200 × 200 px at which the density is 1, above 0. Default 10. */
  crowdedCells?: number;
  /** Of "v1": perimeter / (4·√(π·area)) of all cells together at which the boundary complexity is 1, above 0. Default 3. */
  boundaryScale?: number;
  /** Of "v1": number of cells in the image at which the density is 1, above 0. Default 25. */
  crowdedComponents?: number;
  /** A cell below this area multiplies the weight by `smallFactor`: px, at least 0. Default 70. */
  smallArea?: number;
  /** What a small cell multiplies the weight by, 0 to 1000. Default 1.5. */
  smallFactor?: number;
}

export const complexityOptionsSchema = z.strictObject({
  complexity: z.enum(complexityVersions).default("v2"),
  emptyWeight: gain(1),
  cellWeight: gain(2),
  boundaryGain: gain(0.5),
  densityGain: gain(0.5),
  crowdedCells: z.number().positive().default(10),
  boundaryScale: z.number().positive().default(3),
  crowdedComponents: z.number().positive().default(25),
  smallArea: z.number().min(0).default(70),
  smallFactor: gain(1.5),
});
