/** Which images are in the pool of a round, and how its epochs draw them. */
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import type { TrainableDataset, TrainableSampler } from "../dataset/types.js";
import { Random } from "../system/random.js";

/** A share of at most 1, or a number of images; at least one, at most all. */
export function countOf(amount: number, images: number): number {
  return Math.min(images, Math.max(1, amount <= 1 ? Math.round(amount * images) : amount));
}

/** So many images with like shares of those with and without cells, at least one with cells where there is any; ascending. */
export function initialPool(
  { maskStatistics }: Pick<TrainableDataset, "maskStatistics">,
  count: number,
  seed: number,
): number[] {
  const random = new Random(seed, 1);
  const kinds = [true, false].map((wanted) =>
    random.shuffle(maskStatistics.flatMap((mask, i) => ((mask?.area ?? 0) > 0 === wanted ? [i] : []))),
  ) as [number[], number[]];
  const [withCells, without] = kinds;
  const share = Math.round((count * withCells.length) / maskStatistics.length);
  const chosen = Math.min(withCells.length, Math.max(withCells.length > 0 ? 1 : 0, share, count - without.length));
  return [...withCells.slice(0, chosen), ...without.slice(0, count - chosen)].sort((a, b) => a - b);
}

/** So many of `images`, drawn anew for each round. */
export function drawImages(images: readonly number[], count: number, seed: number, round: number): number[] {
  return new Random(seed, 1 + round).shuffle([...images]).slice(0, count);
}

/**
 * An epoch of a round draws as many images as there are in the whole training set, so that all rounds together take as many steps as one training
 * on it: each image of the pool as often as every other, give or take once, or by their weights.
 */
export class PoolSampler implements TrainableSampler {
  readonly weights = new Float64Array();

  /** @param by one weight for each image of the pool; empty: all alike. */
  constructor(
    readonly pool: number,
    readonly draws: number,
    readonly seed: number,
    readonly by: Float64Array = new Float64Array(),
  ) {}

  draw(epoch: number): Int32Array {
    const { pool, draws, seed, by } = this;
    return call(() => {
      const { weightedDraw, uniformDraw } = native().functional;
      if (by.length > 0) return weightedDraw(by, draws, seed, epoch);
      const times = Math.ceil(draws / pool);
      const order = Array.from({ length: times }, (_, i) => [...uniformDraw(pool, seed, epoch * times + i)]).flat();
      return Int32Array.from(order.slice(0, draws));
    });
  }
}
