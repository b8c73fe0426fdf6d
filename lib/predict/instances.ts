import { call } from "../addon/job.js";
import { native } from "../addon/load.js";

/** One cell: an 8-connected component of the mask. Coordinates in pixels, the centre of the first pixel is (0, 0). */
export interface Instance {
  /** Its value in `labels`, from 1. */
  readonly label: number;
  /** px */
  readonly area: number;
  readonly centroid: { readonly x: number; readonly y: number };
  readonly boundingBox: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Mean probability over its pixels. */
  readonly score: number;
}

/** The components of a mask (H·W bytes) with their measures; `labels` is 0 on background, and numbered in raster order. */
export function findInstances(
  mask: Uint8Array,
  probability: Float32Array,
  height: number,
  width: number,
): { labels: Int32Array; instances: Instance[] } {
  const { labels, count } = call(() => native().functional.connectedComponents(mask, height, width));
  const sums = Array.from({ length: count }, () => ({
    area: 0,
    x: 0,
    y: 0,
    score: 0,
    left: width,
    right: 0,
    top: height,
    bottom: 0,
  }));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const sum = sums[(labels[i] as number) - 1];
      if (!sum) continue;
      sum.area++;
      sum.x += x;
      sum.y += y;
      sum.score += probability[i] as number;
      if (x < sum.left) sum.left = x;
      if (x > sum.right) sum.right = x;
      if (y < sum.top) sum.top = y;
      if (y > sum.bottom) sum.bottom = y;
    }
  }
  const instances = sums.map((sum, index) => ({
    label: index + 1,
    area: sum.area,
    centroid: { x: sum.x / sum.area, y: sum.y / sum.area },
    boundingBox: { x: sum.left, y: sum.top, width: sum.right - sum.left + 1, height: sum.bottom - sum.top + 1 },
    score: sum.score / sum.area,
  }));
  return { labels, instances };
}
