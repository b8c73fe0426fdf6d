import type { NativeOutlines } from "../../addon/contract.js";
import { type CellMapHolder, cellMapHandle } from "../../addon/handles.js";
import { settle } from "../../addon/job.js";

/** A closed ring of pixel corners, first = last; corner (x, y) is the top left of pixel (x, y). */
export type Ring = [number, number][];
/** An outer ring (clockwise on screen) and its holes (counter-clockwise). */
export type Polygon = Ring[];

/** Of outlines that are drawn: yellow, which neither stained tissue nor fluorescence has much of. */
export const outlineColour = [255, 255, 0] as const;

/**
 * The outlines of all cells along their pixels' edges: a cell's polygons cover exactly its pixels. Rings are simple (no corner twice); parts
 * that touch at a corner only become polygons of their own.
 */
export class Outlines {
  readonly #traced: NativeOutlines;

  /** @param first the label that the first traced cell has. */
  constructor(
    traced: NativeOutlines,
    readonly first = 1,
  ) {
    this.#traced = traced;
  }

  static async of(prediction: CellMapHolder, signal?: AbortSignal): Promise<Outlines> {
    return new Outlines(await settle(() => prediction[cellMapHandle].outlines(), signal));
  }

  polygons(label: number): Polygon[] {
    const { cellStarts, polygonStarts } = this.#traced;
    return between(cellStarts, label - this.first, (polygon) => between(polygonStarts, polygon, (ring) => this.#ring(ring)));
  }

  /** How many corners a cell's rings have together: how much work it is. */
  corners(label: number): number {
    const { cellStarts, polygonStarts, ringStarts } = this.#traced;
    const start = (cell: number) => ringStarts[polygonStarts[cellStarts[cell] as number] as number] as number;
    return start(label - this.first + 1) - start(label - this.first);
  }

  polygonCount(label: number): number {
    const { cellStarts } = this.#traced;
    const cell = label - this.first;
    return (cellStarts[cell + 1] as number) - (cellStarts[cell] as number);
  }

  /** The rings of a cell, each outer one before its holes, as x, y, x, y, …, not closed: for cells with millions of corners. */
  *rings(label: number): Generator<{ readonly corners: Int32Array; readonly outer: boolean }, void, undefined> {
    const { corners, cellStarts, polygonStarts, ringStarts } = this.#traced;
    const cell = label - this.first;
    for (let polygon = cellStarts[cell] as number; polygon < (cellStarts[cell + 1] as number); polygon++) {
      const [first, last] = [polygonStarts[polygon] as number, polygonStarts[polygon + 1] as number];
      for (let ring = first; ring < last; ring++) {
        const [from, to] = [2 * (ringStarts[ring] as number), 2 * (ringStarts[ring + 1] as number)];
        yield { corners: corners.subarray(from, to), outer: ring === first };
      }
    }
  }

  #ring(ring: number): Ring {
    const { corners, ringStarts } = this.#traced;
    const points = between(ringStarts, ring, (at): [number, number] => [
      corners[2 * at] as number,
      corners[2 * at + 1] as number,
    ]);
    const [first] = points;
    if (first) points.push([...first]);
    return points;
  }
}

/** What `make` gives for each thing from a start to the next one. */
function between<T>(starts: Float64Array, index: number, make: (at: number) => T): T[] {
  const [start, end] = [starts[index] as number, starts[index + 1] as number];
  return Array.from({ length: end - start }, (_, i) => make(start + i));
}
