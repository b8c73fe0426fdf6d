/** What makes a set that can be read look as if something went wrong with it. */
import { ignoredPixel } from "../config/data.js";
import { misfit } from "./fit.js";
import type { ScannedPair } from "./scan.js";

export interface Oddity {
  /** What looks wrong: no mask marks a cell, masks mark nearly all, masks seem inverted, or masks would fit better shifted, mirrored or turned. */
  readonly kind: "no-cells" | "covered" | "inverted" | "misfit";
  /** A sentence about it. */
  readonly message: string;
  /** The files at fault; none where it is the whole set. */
  readonly files: readonly string[];
}

/** A mask above this share of cell pixels is named; a set above the second looks inverted. */
const [mostCovered, mostOfSet] = [0.9, 0.5];

/** Looks at images with their masks as they are read; `every` n-th is compared for its fit. */
export class OddityFinder {
  readonly #covered: string[] = [];
  readonly #misfits: { file: string; how: string }[] = [];
  #images = 0;
  #compared = 0;
  #cells = 0;
  #pixels = 0;
  #border = 0;
  #borderPixels = 0;

  constructor(readonly every = 1) {}

  add({ image, mask: file, decoded, truth }: Pick<ScannedPair, "image" | "mask" | "decoded" | "truth">): void {
    const { width, height } = truth;
    const mask = truth.mask.includes(ignoredPixel) ? truth.mask.map((value) => (value === 1 ? 1 : 0)) : truth.mask;
    let cells = 0;
    for (let i = 0; i < mask.length; i++) cells += mask[i] as number;
    this.#cells += cells;
    this.#pixels += mask.length;
    for (let x = 0; x < width; x++) this.#border += (mask[x] as number) + (mask[mask.length - 1 - x] as number);
    for (let y = 0; y < height; y++) this.#border += (mask[y * width] as number) + (mask[(y + 1) * width - 1] as number);
    this.#borderPixels += 2 * (width + height);
    if (cells > mostCovered * mask.length) this.#covered.push(file);
    if (this.#images++ % this.every !== 0 || cells === 0) return;
    this.#compared++;
    const found = misfit(decoded.data, mask, width, height);
    if (found) this.#misfits.push({ file: image, how: found.how });
  }

  get found(): Oddity[] {
    const result: Oddity[] = [];
    const percent = (part: number, all: number) => `${((100 * part) / all).toFixed(0)} %`;
    if (this.#images > 0 && this.#cells === 0)
      result.push({ kind: "no-cells", message: "No mask marks a single cell.", files: [] });
    const share = this.#pixels === 0 ? 0 : this.#cells / this.#pixels;
    if (share > mostOfSet && this.#border > share * this.#borderPixels * 0.9) {
      const message = `The masks mark ${percent(this.#cells, this.#pixels)} of all pixels as cells, along the borders too: perhaps they are inverted.`;
      result.push({ kind: "inverted", message, files: [] });
    }
    if (this.#covered.length > 0) {
      const message = `${count(this.#covered.length, "mask marks", "masks mark")} more than ${percent(mostCovered, 1)} of the image as cells.`;
      result.push({ kind: "covered", message, files: this.#covered });
    }
    const [first] = this.#misfits;
    if (first) {
      const message = `${this.#misfits.length} of ${count(this.#compared, "mask", "masks")} would fit better otherwise, ${first.how} for example.`;
      result.push({ kind: "misfit", message, files: this.#misfits.map(({ file, how }) => `${file} (${how})`) });
    }
    return result;
  }
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
