import { z } from "zod";

const gain = (byDefault: number) => z.number().min(0).max(1000).default(byDefault);

/** The formulas that there are: "v1" is the one of runs that began before there were two. */
export const complexityVersions = ["v2", "v1"] as const;
export type ComplexityVersion = (typeof complexityVersions)[number];

/** How the statistics of a mask become a sampling weight. */
export const complexityOptionsSchema = z.strictObject({
  /**
   * v2: boundary complexity and density of the cells themselves, whatever their number and the image's size, and cells that the image's rim
   * cuts are not small. v1: the former formula, of the whole foreground.
   */
  complexity: z.enum(complexityVersions).default("v2"),
  /** Weight of an image without cells. */
  emptyWeight: gain(1),
  /** Weight of an image with cells, before the factors below. */
  cellWeight: gain(2),
  /** How much a boundary complexity of 1 adds, relative. */
  boundaryGain: gain(0.5),
  /** How much a density of 1 adds, relative. */
  densityGain: gain(0.5),
  /** Of v2: number of cells per 200 × 200 px at which the density is 1. */
  crowdedCells: z.number().positive().default(10),
  /** Of v1: perimeter / (4·√(π·area)) of all cells together at which the boundary complexity is 1. */
  boundaryScale: z.number().positive().default(3),
  /** Of v1: number of cells in the image at which the density is 1. */
  crowdedComponents: z.number().positive().default(25),
  /** A cell below this area, px, multiplies the weight by `smallFactor`. */
  smallArea: z.number().min(0).default(70),
  smallFactor: gain(1.5),
});

export type ComplexityConfig = z.input<typeof complexityOptionsSchema>;
