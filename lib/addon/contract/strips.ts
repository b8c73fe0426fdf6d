/** Images of any size in strips: whole rows from top to bottom, of which only the strip at hand is in memory. */
import type { Job } from "./basics.js";
import type { NativeMeasures, NativeOutlines } from "./inference.js";

/** Probabilities of an image that comes in strips (core/predict/strip_predictor.h). One job at a time. */
export interface NativeStripPredictor {
  /** How many further rows of the image each call of `next` must be given, from the first to the last. */
  strips(): number[];
  /**
   * Interleaved RGB bytes of so many rows. Gives the probabilities of the next rows on the image's own pixels, W values each, perhaps of none
   * yet; of a rescaled image the next rows as networks saw them, too.
   */
  next(
    rgb: Uint8Array,
    onProgress: (tilesDone: number, tiles: number) => void,
  ): Job<{ own: Float32Array; seen?: Float32Array }>;
  /** Of the whole image. */
  tiles(): number;
  /** Tiles so far that were empty. */
  skipped(): number;
  close(): void;
}

/** The cells of a probability map that comes in strips (core/predict/strip_cells.h). One job at a time. */
export interface NativeStripCells {
  /** Whole rows, W values each; after those given before. Of a rescaled image, rows as they were seen, too. */
  add(probability: Float32Array, seen?: Float32Array): Job<void>;
  /** After the last row; what follows is of use from then on. */
  finish(): Job<NativeMeasures>;
  /** As `NativeCellMap.labels`, of some rows. */
  labels(top: number, rows: number): Job<Int32Array>;
  /** 255 in cells, otherwise 0. */
  mask(top: number, rows: number): Job<Uint8Array>;
  /** Probabilities as grey values, 0 to 255. Copied before it returns. */
  grey(probability: Float32Array): Job<Uint8Array>;
  /** Of the cells first … last; the first entry of `cellStarts` is of cell `first`. */
  outlines(first: number, last: number): Job<NativeOutlines>;
  /** Of the same cells, as `NativeCellMap.regions`; with their brightness once all rows were given to `look`. */
  regions(first: number, last: number): Job<Float64Array>;
  /** Of the same cells, as `NativeCellMap.runLengths`. */
  runLengths(first: number, last: number): Job<string[]>;
  /** Whole rows of the image, interleaved RGB bytes, from the top; after those given before. */
  look(rgb: Uint8Array): Job<void>;
  /** Whole rows of the image from `top` on with the cells' outlines, as `NativeCellMap.overlay`. */
  overlay(top: number, rgb: Uint8Array, colour: readonly number[]): Job<Uint8Array>;
  close(): void;
}
