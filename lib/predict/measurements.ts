import type { Instance } from "./instances.js";

/** What can be measured on one cell, in pixels. */
export interface CellMeasurements extends Instance {
  /** px, as scikit-image's `perimeter(…, 4)`. */
  readonly perimeter: number;
  /** 4π · area / perimeter², at most 1, which a disc has. */
  readonly circularity: number;
  /** Of the ellipse of equal second moments: 0 for a circle, towards 1 for a line. */
  readonly eccentricity: number;
  /** Mean of red, green and blue over its pixels, 0 to 255, as the network saw the image; null without an image. */
  readonly intensity: readonly [number, number, number] | null;
}

const perCell = 5;

/** @param regions of `NativeCellMap.regions`. */
export function measurementsOf(instances: readonly Instance[], regions: Float64Array): CellMeasurements[] {
  return instances.map((instance, i) => {
    const [perimeter, eccentricity, red, green, blue] = regions.subarray(perCell * i, perCell * (i + 1)) as unknown as number[];
    const around = perimeter as number;
    return {
      ...instance,
      perimeter: around,
      circularity: around > 0 ? Math.min(1, (4 * Math.PI * instance.area) / around ** 2) : 1,
      eccentricity: eccentricity as number,
      intensity: Number.isNaN(red) ? null : [red as number, green as number, blue as number],
    };
  });
}
