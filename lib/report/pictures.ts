/** Pictures of whole images: the image, and what is laid over it. */
import { ignoredPixel } from "../config/data.js";
import { errorColours } from "../render/colour-map.js";
import { edgesOf, fittedSize, layer, type Region, regionOf, sampled, webp } from "../render/layers.js";
import { maskView, probabilityView, stretchedView } from "../render/views.js";
import type { SeenImage } from "./examine.js";

/** Base64 of WebP (image, probability, truth) and PNG (outlines, errors). */
export interface ImagePicture {
  readonly index: number;
  /** Of the image's own pixels. */
  readonly height: number;
  readonly width: number;
  readonly image: string;
  readonly outlines: string;
  readonly errors: string;
  readonly probability: string;
  readonly truth: string;
}

/** The colour of pixels that are where only the truth, or only the prediction has cells, and of outlines of the one and the other. */
export const sides = { truth: errorColours.falseNegative, prediction: errorColours.falsePositive } as const;
const both = [255, 255, 255] as const;

/** @param side of a picture, px, at most. */
export async function pictureOf(seen: SeenImage, side: number): Promise<ImagePicture> {
  const { index, rgb, height, width, prediction, truth } = seen;
  const whole: Region = { left: 0, top: 0, height, width };
  const size = fittedSize(whole, side);
  const small = await regionOf(rgb, whole, whole, size);
  const real = sampled(truth, width, whole, size);
  const found = sampled(prediction.mask, width, whole, size);
  const probability = sampled(prediction.probability, width, whole, size);
  return {
    ...{ index, height, width },
    image: await webp(stretchedView({ ...size, rgb: small.data })),
    outlines: await outlinesOf(seen, whole, side),
    errors: await layer(size, (i) => {
      if (real[i] === ignoredPixel) return undefined;
      if (real[i] && !found[i]) return sides.truth;
      return found[i] && !real[i] ? sides.prediction : undefined;
    }),
    probability: await webp(probabilityView({ ...size, probability })),
    truth: await webp(maskView(size, real), 60),
  };
}

/** Outlines of true and predicted cells of a region, in as many pixels as fit. */
export async function outlinesOf(
  { width, prediction, truth, trueLabels }: SeenImage,
  region: Region,
  side: number,
): Promise<string> {
  const size = fittedSize(region, side, true);
  const cells = (await trueLabels()) ?? truth.map((value) => (value === ignoredPixel ? 0 : value));
  const real = edgesOf(sampled(cells, width, region, size), size);
  const found = edgesOf(sampled(prediction.labels, width, region, size), size);
  return layer(size, (i) => {
    if (real[i]) return found[i] ? both : sides.truth;
    return found[i] ? sides.prediction : undefined;
  });
}
