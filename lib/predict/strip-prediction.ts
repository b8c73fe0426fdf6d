import type { NativeStripPredictor } from "../addon/contract.js";
import { call, settle } from "../addon/job.js";
import type { CellRule } from "../config/cells.js";
import { memoryAdvice } from "../config/memory-advice.js";
import type { ImageRows } from "../dataset/image-rows.js";

/** Whole rows of an image. */
export interface ProbabilityStrip {
  /** The first row, from 0. */
  readonly top: number;
  /** How many rows. */
  readonly rows: number;
  /** rows · width values in [0, 1], row by row; perhaps of no row. */
  readonly probability: Float32Array;
  /** Of a rescaled image: the probabilities as the network found them, whole rows of `StripPrediction.seen.width` values. */
  readonly seen?: Float32Array;
}

export interface StripOptions {
  signal?: AbortSignal;
  /** After each batch of tiles. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * The probabilities of an image of any size, strip by strip from top to bottom; the same that `Predictor.predict` gives at once. What is in
 * memory is about as high as two tiles and as wide as the image. To be iterated over once; the end of that closes it.
 */
export class StripPrediction implements AsyncIterable<ProbabilityStrip> {
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
  /** The size at which the network sees the image, where it is rescaled to the pixel size of the training. */
  readonly seen?: { readonly height: number; readonly width: number };
  /** How many tiles the image is cut into. */
  readonly tiles: number;
  /** From probabilities to cells. */
  readonly rule: CellRule;
  /** The file that it is about, where there is one. */
  readonly source?: string;
  /** µm per pixel, where it is known. */
  readonly pixelSize?: number;
  readonly #native: NativeStripPredictor;
  readonly #image: ImageRows;
  readonly #options: StripOptions;
  #skipped = 0;
  #keepsImage = false;

  /** @internal */
  constructor(
    native: NativeStripPredictor,
    image: ImageRows,
    about: Pick<StripPrediction, "rule" | "source" | "pixelSize" | "seen">,
    options: StripOptions,
  ) {
    this.#native = native;
    this.#image = image;
    this.#options = options;
    this.height = image.height;
    this.width = image.width;
    this.rule = about.rule;
    if (about.source !== undefined) this.source = about.source;
    if (about.pixelSize !== undefined) this.pixelSize = about.pixelSize;
    if (about.seen !== undefined) this.seen = about.seen;
    this.tiles = call(() => native.tiles());
  }

  /** Tiles so far that were left out because they are empty (`emptyContrast`). */
  get skipped(): number {
    return this.#skipped;
  }

  /** @throws `signal.reason` after an abort. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ProbabilityStrip, void, undefined> {
    const { signal, onProgress = () => undefined } = this.#options;
    try {
      const strips = call(() => this.#native.strips());
      let [seen, top] = [0, 0];
      const read = (rows: number) => {
        const pixels = rows > 0 ? this.#image.rows(seen, rows) : Promise.resolve(new Uint8Array());
        pixels.catch(() => undefined); // told when its turn comes
        seen += rows;
        return pixels;
      };
      let next = read(strips[0] as number);
      for (let strip = 0; strip < strips.length; strip++) {
        signal?.throwIfAborted();
        const pixels = await next;
        if (strip + 1 < strips.length) next = read(strips[strip + 1] as number); // while the network computes
        const found = await settle(() => this.#native.next(pixels, onProgress), signal, memoryAdvice.predict);
        this.#skipped = call(() => this.#native.skipped());
        const { own: probability, seen: asSeen } = found;
        const rows = probability.length / this.width;
        if (asSeen) yield { top, rows, probability, seen: asSeen };
        else if (rows > 0) yield { top, rows, probability };
        top += rows;
      }
    } finally {
      if (this.#keepsImage) this.#native.close();
      else await this.close();
    }
  }

  /**
   * Keeps the image open after the last strip until `close`, and reads whole rows of it, RGB bytes.
   * @internal
   */
  keepImage(): ImageRows["rows"] {
    this.#keepsImage = true;
    return (top, count) => this.#image.rows(top, count);
  }

  /** Frees what it holds; only needed where it is not iterated over. */
  async close(): Promise<void> {
    this.#native.close();
    await this.#image.close();
  }
}
