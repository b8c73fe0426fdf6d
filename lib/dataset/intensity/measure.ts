/** Native work on grey values, off the event loop. */
import { settle } from "../../addon/job.js";
import { native } from "../../addon/load.js";
import type { IntensityLevels, IntensityRule, IntensityWindow } from "../../config/intensity.js";
import { DataError } from "../../errors.js";
import type { RawImage } from "../decoded.js";
import type { StoreView } from "../types.js";
import { levelsIn } from "./brightness.js";
import { Histogram } from "./histogram.js";
import { typeOf } from "./sample-types.js";

/** @throws DataError ACINUS_UNREADABLE_IMAGE where values are not finite and nothing stands for them. */
export async function measure(path: string, image: RawImage, fill: number | undefined): Promise<Histogram> {
  const { values, channels, height, width, picks } = image;
  const spread = await settle(() => native().measureIntensity(values, channels, height, width, picks));
  if (spread.notFinite > 0 && fill === undefined) throw notFinite(path, spread.notFinite);
  const histogram = new Histogram(typeOf(values));
  histogram.add(spread);
  return histogram;
}

function notFinite(path: string, count: number): DataError {
  const message = `The image ${path} holds ${count} value${count === 1 ? "" : "s"} that ${count === 1 ? "is no number" : "are no numbers"} (NaN or infinite).`;
  return new DataError("ACINUS_UNREADABLE_IMAGE", message, {
    file: path,
    value: count,
    fix: "Say which grey value stands for them: --nan 0",
  });
}

/** RGB bytes. `windows` holds one window for all channels, or one for each; `hot` takes out single bright pixels. */
export function mapped(
  { values, channels, height, width, picks }: RawImage,
  windows: readonly IntensityWindow[],
  fill: number | undefined,
  hot: boolean,
): Promise<Uint8Array> {
  const four = Float64Array.from(picks.flatMap((_, i) => windows[i % windows.length] as IntensityWindow));
  return settle(() => native().mapIntensity(values, channels, height, width, picks, four, fill ?? 0, hot));
}

/** How bright a network that is trained on these images sees them. */
export async function levelsOf({ store, indices }: StoreView, { channels }: IntensityRule): Promise<IntensityLevels[]> {
  const histogram = new Histogram("uint8");
  histogram.add(await settle(() => native().measureStore(store, indices)));
  return levelsIn(histogram, channels === "apart");
}

/** Percentages below which the darkest and the brightest values lie that count: single pixels do not. */
export const usualPercentiles = [0.1, 99.9] as const;
