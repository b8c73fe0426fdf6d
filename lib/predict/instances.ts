/** A place in an image; the centre of its first pixel is (0, 0). */
export interface Point {
  /** From the left, px. */
  readonly x: number;
  /** From the top, px. */
  readonly y: number;
}

/** A rectangle of whole pixels; its place is that of its first pixel. */
export interface Box extends Point {
  /** Px. */
  readonly width: number;
  /** Px. */
  readonly height: number;
}

/** One cell. Coordinates in pixels, the centre of the first pixel is (0, 0). */
export interface Instance {
  /** Its value in `labels`, from 1. */
  readonly label: number;
  /** px */
  readonly area: number;
  /** Mean of its pixels, px. */
  readonly centroid: Point;
  /** The smallest box around it, px. */
  readonly boundingBox: Box;
  /** Mean probability over its pixels. */
  readonly score: number;
}

const perCell = 8;

/** The cells of `NativeMeasures`. */
export function instancesOf(measures: Float64Array): Instance[] {
  return Array.from({ length: measures.length / perCell }, (_, index) => {
    const [area, x, y, left, top, width, height, score] = measures.subarray(
      perCell * index,
      perCell * (index + 1),
    ) as unknown as [number, number, number, number, number, number, number, number];
    return { label: index + 1, area, centroid: { x, y }, boundingBox: { x: left, y: top, width, height }, score };
  });
}
