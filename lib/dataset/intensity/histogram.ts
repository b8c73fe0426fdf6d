/** How the grey values of one or more images are spread, channel by channel. */
import type { NativeSpread } from "../../addon/contract.js";
import type { SampleType } from "../../config/intensity.js";
import { binRange, binsOf } from "./sample-types.js";

export class Histogram {
  /** A row of bins for each channel. */
  #counts = new Float64Array();
  readonly #noise: number[][] = [];
  #channels = 0;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = Number.NEGATIVE_INFINITY;

  constructor(readonly type: SampleType) {}

  /** Of the finite values. */
  get minimum(): number {
    return this.#minimum;
  }
  get maximum(): number {
    return this.#maximum;
  }
  get channels(): number {
    return this.#channels;
  }

  /** Whether the type rounds to whole numbers. */
  get rounds(): boolean {
    return !this.type.startsWith("float");
  }

  /** The bins that hold values, as ranges of these, ascending; of all channels together, and at most so many. */
  used(most: number): (readonly [number, number])[] {
    const bins = binsOf(this.type);
    const found: (readonly [number, number])[] = [];
    for (let bin = 0; bin < bins && found.length < most; bin++) {
      for (let at = bin; at < this.#counts.length; at += bins) {
        if (this.#counts[at] === 0) continue;
        found.push(binRange(this.type, bin));
        break;
      }
    }
    return found;
  }

  /** Takes in what was measured of one or more images; all have as many channels. */
  add({ counts, minimum, maximum, noise }: NativeSpread<Uint32Array | Float64Array>): void {
    if (this.#counts.length < counts.length) {
      const longer = new Float64Array(counts.length);
      longer.set(this.#counts);
      this.#counts = longer;
      this.#channels = counts.length / binsOf(this.type);
    }
    for (let i = 0; i < counts.length; i++) this.#counts[i] = (this.#counts[i] as number) + (counts[i] as number);
    const channels = counts.length / binsOf(this.type);
    while (this.#noise.length < channels) this.#noise.push([]);
    noise.forEach((value, i) => void this.#noise[i % channels]?.push(value));
    this.#minimum = Math.min(this.#minimum, minimum);
    this.#maximum = Math.max(this.#maximum, maximum);
  }

  /** Takes in what another one holds of one image. */
  join(other: Histogram): void {
    const noise = Float64Array.from(other.#noise.map(([value = 0]) => value));
    this.add({ counts: other.#counts, minimum: other.minimum, maximum: other.maximum, noise, notFinite: 0 });
  }

  /** Median over the images of one channel, or of all. */
  noise(channel?: number): number {
    const all = (channel === undefined ? this.#noise.flat() : (this.#noise[channel] ?? [])).toSorted((a, b) => a - b);
    return all[Math.floor(all.length / 2)] ?? 0;
  }

  /** The value below which `percent` of the values lie, between two neighbours linearly, as `numpy.percentile` has it; of one channel, or of all. */
  percentile(percent: number, channel?: number): number {
    const bins = binsOf(this.type);
    const rows = channel === undefined ? Array.from({ length: this.#channels }, (_, i) => i) : [channel];
    const at = (bin: number) => rows.reduce((sum, row) => sum + (this.#counts[row * bins + bin] as number), 0);
    let total = 0;
    for (let bin = 0; bin < bins; bin++) total += at(bin);
    if (total === 0) return 0;
    const rank = (percent / 100) * (total - 1);
    const below = Math.floor(rank);
    let lower: number | undefined;
    for (let bin = 0, seen = 0; bin < bins; bin++) {
      const count = at(bin);
      if (count === 0) continue;
      const [start, end] = binRange(this.type, bin);
      const inBin = (index: number) => start + ((end - start) * (index - seen + 0.5)) / count;
      if (lower === undefined && below < seen + count) {
        lower = inBin(below);
        if (below + 1 < seen + count) return lower + (rank - below) * (inBin(below + 1) - lower);
      } else if (lower !== undefined) return lower + (rank - below) * (inBin(seen) - lower);
      seen += count;
    }
    return lower ?? 0;
  }
}
