/** Images, how they are weighed and how they are augmented. */
import type { z } from "zod";
import type { augmentOptionsSchema } from "../../config/augment.js";
import type { complexityOptionsSchema } from "../../config/complexity.js";

export type ComplexityOptions = z.output<typeof complexityOptionsSchema>;
export type AugmentOptions = z.output<typeof augmentOptionsSchema>;

export interface NativeSampleStore {
  /** `mask`: 0 background, 2 a pixel that does not count, any other a cell; null without one. Returns the index of the sample. */
  add(rgb: Uint8Array, mask: Uint8Array | null, height: number, width: number): number;
  /**
   * Adds a sample of another store, sharing its pixels. `mask` takes the place of its own, `weight` is how much the image counts in the loss of a
   * training; null keeps what it has.
   */
  addShared(from: NativeSampleStore, index: number, mask: Uint8Array | null, weight: number | null): number;
  /** Which pixel is which cell's, 0 for background: one number a pixel. */
  setInstances(index: number, labels: Int32Array): void;
  size(): number;
  close(): void;
}

/** Of one mask; px, zeros without cells. Cells are 8-connected components; perimeters are scikit-image's `perimeter(mask, neighborhood=4)`. */
export interface MaskStatistics {
  /** Cell pixels, px. */
  area: number;
  /** Perimeter of all cells together, px. */
  perimeter: number;
  /** Number of cells (8-connected components). */
  components: number;
  /** Area of the smallest cell, px. */
  smallestComponent: number;
  /** Of the image, without those that are ignored. */
  pixels: number;
  /** Mean over cells of perimeter / circumference of a disc of the same area − 1: about 0 for discs, more for ragged and long cells. */
  boundaryExcess: number;
  /** Area of the smallest cell that touches neither the image's rim nor an ignored pixel; 0 where there is none. */
  smallestWhole: number;
}

/** What a random draw for one sample depends on. */
export interface SampleKey {
  seed: number;
  epoch: number;
  index: number;
}

/** What augmentation does to one sample, in this order. */
export interface AugmentDecisions {
  /** Whether it is mirrored left to right. */
  horizontalFlip: boolean;
  /** Whether it is mirrored top to bottom. */
  verticalFlip: boolean;
  /** Counter-clockwise, 0 to 3. */
  quarterTurns: number;
  /** Whether it is deformed. */
  elastic: boolean;
  /** Factor. */
  contrast: number;
  /** Grey levels. */
  brightness: number;
}
