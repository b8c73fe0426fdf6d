/** Means over repetitions, intervals over images, and which differences are real. */
import { setImmediate } from "node:timers/promises";
import { Random } from "../system/random.js";
import { type ImageRecord, type MetricName, metrics } from "./metrics.js";

/** The images of one repetition of a row: one seed, over all folds that together hold every image once. */
export interface Repetition {
  readonly key: string;
  readonly images: readonly ImageRecord[];
}

export interface Estimate {
  /** Mean over the repetitions that have one; NaN where none has. */
  readonly value: number;
  /** Standard deviation over the repetitions; NaN of one alone. */
  readonly sd: number;
  /** 95 % interval over images. */
  readonly low: number;
  readonly high: number;
  /** By the repetition's key. */
  readonly each: Readonly<Record<string, number>>;
}

/** How often each unit (an image, or all images of a group) is drawn in each of the resampled sets. */
export class Resampling {
  readonly rounds: number;
  readonly #counts: Uint8Array;
  readonly #unitOf: ReadonlyMap<string, number>;
  readonly units: number;
  readonly #known = new WeakMap<readonly Repetition[], Map<MetricName, Float64Array>>();

  /** @param groups of each image its group: images of one group are drawn together. */
  constructor(groups: ReadonlyMap<string, string>, rounds: number, seed: number) {
    const names = [...new Set(groups.values())];
    const place = new Map(names.map((name, i) => [name, i]));
    this.#unitOf = new Map([...groups].map(([image, group]) => [image, place.get(group) as number]));
    this.rounds = rounds;
    this.units = names.length;
    this.#counts = new Uint8Array(rounds * names.length);
    const random = new Random(seed);
    for (let round = 0; round < rounds; round++) {
      for (let drawn = 0; drawn < names.length; drawn++) {
        (this.#counts[round * names.length + random.below(names.length)] as number)++;
      }
    }
  }

  /** The metric of each resampled set, mean over the repetitions that have one. */
  values(metric: MetricName, repetitions: readonly Repetition[]): Float64Array {
    const known = this.#known.get(repetitions) ?? new Map<MetricName, Float64Array>();
    this.#known.set(repetitions, known);
    const values = known.get(metric) ?? this.#resampled(metric, repetitions);
    known.set(metric, values);
    return values;
  }

  #resampled(metric: MetricName, repetitions: readonly Repetition[]): Float64Array {
    const out = new Float64Array(this.rounds);
    const defined = new Uint16Array(this.rounds);
    for (const { images } of repetitions) {
      const [above, below] = this.#sums(metric, images);
      for (let round = 0; round < this.rounds; round++) {
        let [numerator, denominator] = [0, 0];
        const at = round * this.units;
        for (let unit = 0; unit < this.units; unit++) {
          const count = this.#counts[at + unit] as number;
          numerator += count * (above[unit] as number);
          denominator += count * (below[unit] as number);
        }
        if (denominator === 0) continue; // of this repetition there is no value
        (out[round] as number) += numerator / denominator;
        (defined[round] as number)++;
      }
    }
    return out.map((sum, round) => sum / (defined[round] as number)); // NaN where none has a value
  }

  #sums(metric: MetricName, images: readonly ImageRecord[]): [Float64Array, Float64Array] {
    const [above, below] = [new Float64Array(this.units), new Float64Array(this.units)];
    for (const image of images) {
      const unit = this.#unitOf.get(image.image);
      if (unit === undefined) continue;
      const [numerator, denominator] = metrics[metric].terms(image);
      (above[unit] as number) += numerator;
      (below[unit] as number) += denominator;
    }
    return [above, below];
  }
}

/** Resampled sets for so many units: fewer of large sets, whose intervals need no more. */
export function roundsFor(units: number): number {
  return Math.max(2000, Math.min(10_000, Math.round(4e6 / Math.max(1, units))));
}

export function estimate(each: Readonly<Record<string, number>>, resampled: Float64Array): Estimate {
  const values = Object.values(each).filter((one) => !Number.isNaN(one));
  const value = meanOf(values);
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const [low, high] = interval(resampled);
  const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Number.NaN;
  return { value, sd, low, high, each };
}

/** The 2.5th and 97.5th percentile of what is defined, linearly interpolated. */
export function interval(values: Float64Array): [low: number, high: number] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]] as [number, number];
    return sorted.length === 0 ? Number.NaN : below + (above - below) * (place - Math.floor(place));
  };
  return [at(0.025), at(0.975)];
}

/** Two-sided p of "no difference": how often a resampled difference is on the other side of 0. At least 2 / (rounds + 1). */
export function pValue(differences: Float64Array): number {
  let [below, above, count] = [0, 0, 0];
  for (const difference of differences) {
    if (Number.isNaN(difference)) continue;
    count++;
    if (difference <= 0) below++;
    if (difference >= 0) above++;
  }
  return count === 0 ? Number.NaN : Math.min(1, (2 * (1 + Math.min(below, above))) / (count + 1));
}

/** Holm's correction: the chance of even one false discovery among all stays below the level that these are compared with. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).filter((i) => !Number.isNaN(values[i]));
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const out = values.map(() => Number.NaN);
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * (values[i] as number)));
    out[i] = largest;
  }
  return out;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Lets the event loop do other work between pieces of a long calculation. */
export function breathe(): Promise<void> {
  return setImmediate();
}
