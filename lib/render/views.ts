/** The four views of one sample, as interleaved RGB of its own size. */
import { ignoredPixel } from "../config/data.js";
import { errorColours, ignoredColour, viridis } from "./colour-map.js";

export interface View {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

export interface PanelSample {
  /** Shown above the row. */
  readonly title: string;
  /** RGB bytes, height · width · 3. */
  readonly rgb: Uint8Array;
  /** Non-zero = cell, 2 = a pixel that does not count (drawn grey); null where there is no truth: its view and the errors stay out. */
  readonly truth: Uint8Array | null;
  /** In [0, 1]. */
  readonly probability: Float32Array;
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
  /** From which probability on a pixel is drawn as found. Default: that of `renderPanels`. */
  readonly threshold?: number;
}

/** The image with its values spread linearly over the range, all channels alike, at most fivefold: fluorescence is dark as recorded. */
export function stretchedView({ height, width, rgb }: Pick<PanelSample, "height" | "width" | "rgb">): View {
  return { data: stretched(rgb, stretchOf(rgb)), height, width };
}

/** What each of the 256 values becomes. */
export function stretchOf(rgb: Uint8Array): Uint8ClampedArray {
  const histogram = new Uint32Array(256);
  for (const value of rgb) (histogram[value] as number)++;
  const rank = (share: number) => {
    let [seen, value] = [0, -1];
    while (seen <= share * (rgb.length - 1)) seen += histogram[++value] as number;
    return value;
  };
  const [low, high] = [rank(0.002), rank(0.998)];
  const gain = Math.min(5, 255 / Math.max(1, high - low));
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => (value - low) * gain);
}

export function stretched(rgb: Uint8Array, table: Uint8ClampedArray): Uint8Array {
  return rgb.map((value) => table[value] as number);
}

export function maskView({ height, width }: Pick<PanelSample, "height" | "width">, mask: ArrayLike<number>): View {
  return paint(height, width, (i) => (mask[i] === ignoredPixel ? ignoredColour : mask[i] ? [255, 255, 255] : [0, 0, 0]));
}

export function probabilityView({ height, width, probability }: Pick<PanelSample, "height" | "width" | "probability">): View {
  return paint(height, width, (i) => viridis(probability[i] as number));
}

/** Wrong pixels in colour over the darkened image, so that the image stays visible. */
export function errorView(sample: PanelSample, truth: Uint8Array, threshold: number): View {
  const { height, width, probability } = sample;
  const rgb = stretchedView(sample).data;
  return paint(height, width, (i) => {
    const predicted = (probability[i] as number) >= threshold;
    if (truth[i] === ignoredPixel) return ignoredColour;
    const real = truth[i] !== 0;
    if (predicted && !real) return errorColours.falsePositive;
    if (real && !predicted) return errorColours.falseNegative;
    const luma = 0.299 * (rgb[3 * i] as number) + 0.587 * (rgb[3 * i + 1] as number) + 0.114 * (rgb[3 * i + 2] as number);
    const grey = Math.round(real ? 185 + luma * 0.2 : luma * 0.3);
    return [grey, grey, grey];
  });
}

/** Dice of a thresholded probability; an empty prediction on an empty truth scores 1. */
export function diceOf({ probability }: PanelSample, truth: Uint8Array, threshold: number): number {
  let [both, sum] = [0, 0];
  truth.forEach((value, i) => {
    if (value === ignoredPixel) return;
    const predicted = (probability[i] as number) >= threshold ? 1 : 0;
    const real = value ? 1 : 0;
    both += predicted & real;
    sum += predicted + real;
  });
  return sum === 0 ? 1 : (2 * both) / sum;
}

function paint(height: number, width: number, colour: (index: number) => readonly [number, number, number]): View {
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) data.set(colour(i), 3 * i);
  return { data, height, width };
}
