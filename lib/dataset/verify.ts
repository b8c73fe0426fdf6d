/** Looks through a data set and says everything that is wrong or odd, without stopping and without keeping the pixels. */

import type { MaskStatistics } from "../addon/contract.js";
import { native } from "../addon/load.js";
import { dataOptionsSchema } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import type { AcinusError } from "../errors.js";
import { checkOptions, checkPath } from "../system/arguments.js";
import { findDuplicates, type Twins } from "./leaks.js";
import { type Oddity, OddityFinder } from "./oddities.js";
import { type DatasetLayout, layoutOf } from "./sample.js";
import { type ScanOptions, scan } from "./scan.js";
import { type DatasetStatistics, datasetStatistics } from "./statistics.js";
import type { ImageSize, SourceFiles } from "./types.js";

/** A size, and how many images have it. */
export interface CountedSize extends ImageSize {
  /** Number of images. */
  readonly images: number;
}

export interface Verification {
  /** What was looked at. */
  readonly folder: string;
  /** What was recognised. */
  readonly layout: DatasetLayout;
  /** How grey values become the bytes that a network sees. */
  readonly intensity: IntensityRule;
  /** What a user should know of how the images are seen, a sentence each. */
  readonly notes: readonly string[];
  /** Image files of formats that are not read. */
  readonly passedOver: readonly string[];
  /** The paper's Table I for this set. */
  readonly statistics: DatasetStatistics;
  /** What makes `Dataset.open` refuse the folder. */
  readonly problems: readonly AcinusError[];
  /** Images that are in the set twice. */
  readonly duplicates: readonly Twins[];
  /** Images that are nearly black after a mapping that was asked for, because they use a small part of its range. */
  readonly dark: readonly string[];
  /** What looks as if something went wrong, though all of it can be read. */
  readonly oddities: readonly Oddity[];
  /** Smallest and largest µm per pixel, where the files say it. */
  readonly pixelSizes?: readonly [number, number];
  /** Distinct sizes, most frequent first. */
  readonly sizes: readonly CountedSize[];
  /** A hash of each image's decoded pixels. */
  readonly contentHashes: readonly string[];
  /** The sound images with their masks. */
  readonly files: readonly SourceFiles[];
}

/** Throws only when there is no data set at all (ACINUS_FILE_NOT_FOUND, ACINUS_NO_PAIRS, ACINUS_EMPTY_SET). */
export async function verifyDataset(folder: string, options: ScanOptions = {}): Promise<Verification> {
  checkPath(folder, "folder");
  checkOptions(options, "options", Object.keys(dataOptionsSchema.shape));
  const files: { image: string; mask: string }[] = [];
  const sizes: ImageSize[] = [];
  const masks: MaskStatistics[] = [];
  const contentHashes: string[] = [];
  const dark: string[] = [];
  const oddities = new OddityFinder();
  const pixelSizes: number[] = [];
  const found = await scan(
    folder,
    (pair) => {
      const { image, mask, decoded, truth, contentHash } = pair;
      oddities.add(pair);
      const pixelSize = options.pixelSize ?? decoded.pixelSize ?? truth.pixelSize;
      if (pixelSize !== undefined) pixelSizes.push(pixelSize);
      const { height, width } = decoded;
      files.push({ image, mask });
      sizes.push({ height, width });
      masks.push(native().functional.maskStatistics(truth.mask, height, width));
      contentHashes.push(contentHash);
      if (decoded.dark) dark.push(image);
    },
    options,
  );
  const { notes } = found;
  const { intensity } = found.images;
  return {
    folder,
    layout: layoutOf(found),
    intensity: intensity.rule,
    notes,
    passedOver: found.passedOver,
    statistics: datasetStatistics(masks, sizes),
    problems: found.problems,
    duplicates: findDuplicates({ files, contentHashes }),
    dark,
    oddities: oddities.found,
    pixelSizes: pixelSizes.length > 0 ? [Math.min(...pixelSizes), Math.max(...pixelSizes)] : undefined,
    sizes: countSizes(sizes),
    contentHashes,
    files,
  };
}

function countSizes(sizes: readonly ImageSize[]): (ImageSize & { images: number })[] {
  const counts = new Map<string, ImageSize & { images: number }>();
  for (const { height, width } of sizes) {
    const key = `${width}x${height}`;
    const entry = counts.get(key) ?? { height, width, images: 0 };
    counts.set(key, entry);
    entry.images++;
  }
  return [...counts.values()].sort((a, b) => b.images - a.images);
}
