/** Images, how they are weighed and how they are augmented. */

export interface NativeSampleStore {
  /** Returns the index of the sample. */
  add(rgb: Uint8Array, mask: Uint8Array | null, height: number, width: number): number;
  size(): number;
  close(): void;
}

/** Of one mask; px, zeros without cells. The perimeter is scikit-image's `perimeter(mask, neighborhood=4)`. */
export interface MaskStatistics {
  area: number;
  perimeter: number;
  components: number;
  smallestComponent: number;
}

/** METHOD section 8. */
export interface ComplexityOptions {
  emptyWeight: number;
  cellWeight: number;
  boundaryGain: number;
  densityGain: number;
  boundaryScale: number;
  crowdedComponents: number;
  smallArea: number;
  smallFactor: number;
}

/** METHOD section 9. Probabilities, pixels, relative limits. */
export interface AugmentOptions {
  enabled: boolean;
  horizontalFlip: number;
  verticalFlip: number;
  rotate90: number;
  elastic: number;
  elasticAlpha: number;
  elasticSigma: number;
  brightnessContrast: number;
  brightnessLimit: number;
  contrastLimit: number;
}

/** What a random draw for one sample depends on. */
export interface SampleKey {
  seed: number;
  epoch: number;
  index: number;
}

/** What augmentation does to one sample, in this order. */
export interface AugmentDecisions {
  horizontalFlip: boolean;
  verticalFlip: boolean;
  /** Counter-clockwise, 0 to 3. */
  quarterTurns: number;
  elastic: boolean;
  /** Factor. */
  contrast: number;
  /** Grey levels. */
  brightness: number;
}
