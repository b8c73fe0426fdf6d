/** The same images as every system sees them. */
import { basename, join } from "node:path";
import { readPixels, type TrainableDataset } from "../dataset/types.js";
import { fitted } from "../render/panels.js";
import { errorView, maskView, type PanelSample, stretchedView, type View } from "../render/views.js";
import { writeOutput } from "../system/output-file.js";

/** How many images are shown. */
const shown = 4;
/** Side of a picture, px. */
const side = 192;

/**
 * Which images are shown, by their truth alone, so that no system's scores decide: those with cells, from little to much of them, evenly
 * spread, without the extremes.
 */
export function chooseShown({ maskStatistics }: TrainableDataset, count = shown): number[] {
  const area = (index: number) => {
    const statistics = maskStatistics[index];
    return statistics ? statistics.area / statistics.pixels : 0;
  };
  const ranked = maskStatistics.map((_, index) => index).filter((index) => area(index) > 0);
  ranked.sort((a, b) => area(a) - area(b) || a - b);
  const taken = Math.min(count, ranked.length);
  return Array.from({ length: taken }, (_, i) => ranked[Math.floor(((i + 0.5) * ranked.length) / taken)] as number);
}

/** An image with its truth, read anew; undefined where the set cannot read. */
export async function readSample(dataset: TrainableDataset, index: number): Promise<PanelSample | undefined> {
  const read = await dataset[readPixels]?.(index);
  if (!read) return undefined;
  const { data: rgb, height, width } = read.image;
  const probability = new Float32Array(height * width);
  return { title: basename(dataset.files[index]?.image ?? ""), rgb, truth: read.mask, probability, height, width };
}

export interface Picture {
  readonly image: string;
  readonly file: string;
}

/** Writes what is right and wrong in a prediction. @param mask 1 where a cell was found. */
export async function drawErrors(
  folder: string,
  image: string,
  sample: PanelSample,
  mask: Uint8Array,
  place: number,
): Promise<Picture> {
  const view = errorView({ ...sample, probability: Float32Array.from(mask) }, sample.truth as Uint8Array, 0.5);
  const file = `picture-${place + 1}.png`;
  await writeOutput(join(folder, file), await png(view));
  return { image, file };
}

/** Image and truth, as PNG. */
export async function drawTruth(sample: PanelSample): Promise<{ image: Buffer; truth: Buffer }> {
  return { image: await png(stretchedView(sample)), truth: await png(maskView(sample, sample.truth as Uint8Array)) };
}

async function png(view: View): Promise<Buffer> {
  return (await fitted(view, side)).image;
}
