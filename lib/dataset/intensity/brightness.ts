/** Windows that make images as bright as those that a network was trained on. */
import type { IntensityLevels, IntensityWindow } from "../../config/intensity.js";
import type { Histogram } from "./histogram.js";
import { windowOfType } from "./sample-types.js";
import { channelsOf } from "./windows.js";

/** Below these percentages of the values lie those that tell how bright images are: the ground, and four that tell of what is bright. */
export const levelPercentages = [0.1, 95, 99, 99.9, 99.99] as const;
/** The one that ends a window: what is above it and alone is a hot pixel. */
const upper = 3;

/** Noise is made at most so many times as strong as the network knows it: an image without a cell is not blown up to 0 to 255. */
const mostNoise = 2;
/** The ground may be so many levels off before it is moved to that of the training: black stays black. */
const offGround = 8;
/** Bytes have so many values, and fewer than the second number tell nothing. */
const [mostLevels, leastLevels] = [256, 16];

export function levelsIn(histogram: Histogram, apart: boolean): IntensityLevels[] {
  return (apart ? [0, 1, 2] : [undefined]).map((channel) => ({
    percentiles: levelPercentages.map((percent) => histogram.percentile(percent, channel)),
    noise: histogram.noise(channel),
  }));
}

/**
 * One window for all channels, or one for each. How many times brighter the training's images were, their percentiles and their noise tell
 * five times, and the median counts. It is rounded to a whole number of bits, since cameras count in these: the same images in 8, 10, 12, 14
 * and 16 bits look the same.
 */
export function windowsTo(levels: readonly IntensityLevels[], histogram: Histogram, apart: boolean): IntensityWindow[] {
  return channelsOf(histogram, apart).map((channel) => {
    const training = levels[(channel ?? 0) % levels.length] as IntensityLevels;
    const own = levelPercentages.map((percent) => histogram.percentile(percent, channel));
    const noise = histogram.noise(channel);
    const [ground, from] = [own[0] as number, training.percentiles[0] as number];
    const gains = [...own.slice(1), noise + ground].flatMap((value, i) => {
      const there = i + 1 < own.length ? (training.percentiles[i + 1] as number) - from : training.noise;
      return value > ground && there > 0 ? [there / (value - ground)] : [];
    });
    const most = noise > 0 && training.noise > 0 ? (mostNoise * training.noise) / noise : Number.POSITIVE_INFINITY;
    const full = wholeBits(255 / Math.min(median(gains) ?? 255 / windowOfType(histogram.type)[1], most));
    const gain = 255 / full;
    const black = Math.abs(ground * gain - from) <= offGround;
    const [low, level] = black ? [0, 0] : [ground, from];
    const high = Math.max(own[upper] as number, low + full / 255);
    return [low, high, level, level + (high - low) * gain];
  });
}

/**
 * The window of images of 8 bits that were saved in another type: their values lie in at most 256 steps of one size, of which the brightest,
 * which may be cut off, need be none. Undefined where they do not.
 */
export function windowOfBytes(histogram: Histogram): IntensityWindow | undefined {
  const bins = histogram.used(mostLevels + 1);
  if (bins.length > mostLevels || bins.length < leastLevels || (bins[0]?.[0] as number) < 0) return undefined;
  const centres = bins.map(([start, end]) => (start + end) / 2);
  const steps = centres.slice(1).map((value, i) => value - (centres[i] as number));
  const inner = centres.slice(0, -1);
  // Rounding blurs the step between neighbours: the farther from 0, the better it is known, and best by least squares of all.
  let step = median(steps) as number;
  for (const centre of inner) step = centre / Math.max(1, Math.round(centre / step)) || step;
  const numbers = inner.map((centre) => Math.round(centre / step));
  const sum = (values: readonly number[]) => numbers.reduce((total, number, i) => total + number * (values[i] as number), 0);
  step = sum(inner) / sum(numbers);
  const fits = bins.slice(0, -1).every(([start, end], i) => {
    const centre = centres[i] as number;
    return (
      Math.abs(Math.round(centre / step) * step - centre) <=
      Math.max((end - start) / 2, 0.01 * step, histogram.rounds ? 0.6 : 0)
    );
  });
  if (!fits || (histogram.rounds && step < 2) || (inner.at(-1) as number) / step > 255.5) return undefined;
  const high = Math.max(histogram.percentile(levelPercentages[upper]), step);
  return [0, high, 0, high / step];
}

/** Too dark harms less than too bright (bench/intensity.ts): so many bits more before it is rounded. */
const darker = 0.15;

/** The nearest number that ends a whole number of bits: 255, 1023, 4095, …; below 8 bits a power of two, as floats from 0 to 1 have it. */
function wholeBits(value: number): number {
  const bits = Math.round(Math.log2(value) + darker);
  return bits >= 8 ? 2 ** bits - 1 : 2 ** bits;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : Math.sqrt(low * high);
}
