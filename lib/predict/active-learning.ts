/** Which images to annotate next: those of which a network with dropout is least sure. */
import { type Acquisition, acquisitions } from "../config/active.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import { Random } from "../system/random.js";
import { Predictor } from "./predictor.js";
import type { PassOptions } from "./uncertainty.js";

export interface AcquireOptions extends PassOptions {
  /** How many images. */
  count: number;
  /** Default "entropy". */
  by?: Acquisition;
  /** After each image. */
  onProgress?: (done: number, total: number) => void;
}

export interface AcquiredImage {
  /** Its path. */
  readonly image: string;
  /** 1 is the first to annotate. */
  readonly rank: number;
  /** Over all pixels, in nats; missing where chance decided. */
  readonly meanEntropy?: number;
  /** What the passes disagree about, mean over all pixels, nats; missing where chance decided. */
  readonly meanBald?: number;
}

/**
 * Ranks images by how unsure the network is of them and gives the first `count`, or all where there are fewer. All images are seen by the same
 * networks: pass t leaves out the same feature maps in each. "random" draws from the seed and looks at no image.
 * @throws as `Predictor.uncertainty`.
 */
export async function acquire(
  predictor: Predictor,
  images: readonly string[],
  options: AcquireOptions,
): Promise<AcquiredImage[]> {
  check(predictor instanceof Predictor, predictor, "predictor", "a Predictor");
  check(Array.isArray(images), images, "images", "a list of paths");
  for (const [at, image] of images.entries()) checkPath(image, `images[${at}]`);
  checkOptions(options, "options", ["count", "by", "passes", "seed", "signal", "onProgress", ...decoding]);
  const { count, by = "entropy", passes = 20, seed = 0, onProgress = () => undefined, ...seenAs } = options;
  checkWhole(count, "options.count", 1);
  checkWhole(passes, "options.passes", 1);
  checkWhole(seed, "options.seed", 0);
  check(acquisitions.includes(by), by, "options.by", `one of ${acquisitions.join(", ")}`);
  check(typeof onProgress === "function", onProgress, "options.onProgress", "a function");
  if (by === "random") {
    const shuffled = new Random(seed).shuffle([...images]);
    return shuffled.slice(0, count).map((image, i) => ({ image, rank: i + 1 }));
  }
  const seen: Omit<AcquiredImage, "rank">[] = [];
  for (const image of images) {
    const { meanEntropy, meanBald } = await predictor.uncertainty(image, { ...seenAs, passes, seed, among: images });
    seen.push({ image, meanEntropy, meanBald });
    onProgress(seen.length, images.length);
  }
  const score = by === "entropy" ? "meanEntropy" : "meanBald";
  // Where two are alike, the one that was named first.
  const ranked = seen.toSorted((a, b) => (b[score] as number) - (a[score] as number));
  return ranked.slice(0, count).map(({ image, ...scores }, i) => ({ image, rank: i + 1, ...scores }));
}

const decoding = ["channels", "plane", "orientation", "intensity", "nan", "onNote"];
