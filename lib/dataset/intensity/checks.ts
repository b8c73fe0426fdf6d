/** What is looked at where a window follows from nothing that was learnt. */
import type { IntensityWindow } from "../../config/intensity.js";
import { ConfigError } from "../../errors.js";
import type { Histogram } from "./histogram.js";
import { usualPercentiles } from "./measure.js";

/** A 16-bit image whose brightest values stay below this level is dark. */
const darkLevel = 16;

/** Whether all but single values of an image end below that level. */
export function isDark(histogram: Histogram, [low, high, from, to]: IntensityWindow): boolean {
  const value = histogram.percentile(usualPercentiles[1]);
  return from + ((value - low) * (to - from)) / (high - low) < darkLevel;
}

/** @throws ConfigError where values that are to be taken as they are do not fit into a byte. */
export function refuseBeyondBytes(path: string, { minimum, maximum }: Histogram): void {
  if (minimum >= 0 && maximum <= 255) return;
  const message = `The image ${path} holds values from ${minimum} to ${maximum}; taken as they are, they must be 0 to 255.`;
  throw new ConfigError("ACINUS_CONFIG", message, {
    file: path,
    value: maximum,
    fix: "Map them by percentiles: --intensity percentile. Or by a window of grey values: --intensity range:0,4095",
  });
}
