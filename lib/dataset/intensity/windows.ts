/** Which grey values become which levels. */
import type { IntensityWindow } from "../../config/intensity.js";
import type { Histogram } from "./histogram.js";

/** A window is at least so many times as wide as the noise: an image without a cell is not blown up to 0 to 255. */
const leastOfNoise = 20;

export const asTheyAre: IntensityWindow = [0, 255, 0, 255];

type Percentages = readonly [low: number, high: number];

/** One window for all channels, or one for each, that the histogram's own percentiles give. */
export function windowsOf(histogram: Histogram, percentages: Percentages, apart: boolean): IntensityWindow[] {
  return channelsOf(histogram, apart).map((channel) => {
    const [low, high] = ends(histogram, percentages, channel);
    return [low, Math.max(high, low + leastOfNoise * histogram.noise(channel)), 0, 255];
  });
}

/** undefined: all together. */
export function channelsOf({ channels }: Histogram, apart: boolean): (number | undefined)[] {
  return apart && channels > 1 ? Array.from({ length: channels }, (_, i) => i) : [undefined];
}

/** Where nearly all values are equal, the percentiles meet: then the largest value is the upper end, and a constant image stays at the lower. */
function ends(histogram: Histogram, [least, most]: Percentages, channel: number | undefined): readonly [number, number] {
  const low = histogram.percentile(least, channel);
  const high = histogram.percentile(most, channel);
  const brightest = histogram.percentile(100, channel);
  return [low, high > low ? high : brightest > low ? brightest : low + 1];
}
