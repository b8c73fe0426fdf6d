import type { MaskStatistics } from "../addon/contract.js";
import type { ImageSize } from "./types.js";

/** The paper's Table I for a data set. Shares are between 0 and 1. */
export interface DatasetStatistics {
  /** Number of images. */
  readonly images: number;
  /** Number of images with a cell. */
  readonly withCells: number;
  /** Number of images without a cell. */
  readonly withoutCells: number;
  /** Mean share of cell pixels in the images that have cells (the table's "Avg. Cell Size"); 0 without such images. */
  readonly averageCellShare: number;
  /** Share of cell pixels in all pixels that count. */
  readonly cellPixelShare: number;
  /** Connected components over all masks. */
  readonly components: number;
}

export function datasetStatistics(masks: readonly (MaskStatistics | null)[], sizes: readonly ImageSize[]): DatasetStatistics {
  let [withCells, shares, area, pixels, components] = [0, 0, 0, 0, 0];
  masks.forEach((mask, i) => {
    const { height, width } = sizes[i] as ImageSize;
    const counted = mask?.pixels ?? height * width;
    pixels += counted;
    if (!mask || mask.area === 0) return;
    withCells++;
    shares += mask.area / counted;
    area += mask.area;
    components += mask.components;
  });
  return {
    images: masks.length,
    withCells,
    withoutCells: masks.length - withCells,
    averageCellShare: withCells === 0 ? 0 : shares / withCells,
    cellPixelShare: pixels === 0 ? 0 : area / pixels,
    components,
  };
}
