/** Which images an epoch trains on, and in which order. */

import type { MaskStatistics } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type ComplexityConfig, type ComplexityVersion, complexityOptionsSchema } from "../config/complexity.js";
import { parseConfig } from "../config/parse.js";
import type { TrainableSampler } from "../dataset/types.js";
import { AcinusError } from "../errors.js";
import { check, checkObject, checkOptions, isPlain, numbersOf, shown } from "../system/arguments.js";

/** What a sampler looks at; `Dataset` is one. */
export interface Samplable {
  readonly length: number;
  /** Null for an image without a mask: it counts as one without cells. */
  readonly maskStatistics: readonly (MaskStatistics | null)[];
}

export interface SamplerOptions {
  /** What draws depend on besides the epoch. By default a training run's own seed, and 0 for `draw` by hand. */
  seed?: number;
}

const empty: MaskStatistics = {
  ...{ area: 0, perimeter: 0, components: 0, smallestComponent: 0 },
  ...{ pixels: 0, boundaryExcess: 0, smallestWhole: 0 },
};

/** An order for every epoch, reproducible from (seed, epoch). As many draws as images. */
export class Sampler implements TrainableSampler {
  readonly length: number;
  /** One weight per image, drawn with replacement; empty: every image once, shuffled. */
  readonly weights: Float64Array;
  readonly seed?: number;
  /** Of a sampler by complexity: which formula. */
  readonly complexity?: ComplexityVersion;

  private constructor(length: number, weights: Float64Array, { seed }: SamplerOptions, complexity?: ComplexityVersion) {
    if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", `seed is ${shown(seed)}; it must be a whole number of at least 0.`, {
        value: seed,
      });
    }
    this.length = length;
    this.weights = weights;
    if (seed !== undefined) this.seed = seed;
    if (complexity !== undefined) this.complexity = complexity;
  }

  /** Every image once per epoch, shuffled. */
  static uniform(dataset: Samplable, options: SamplerOptions = {}): Sampler {
    checkSamplable(dataset);
    checkOptions(options, "options", ["seed"]);
    return new Sampler(dataset.length, new Float64Array(0), options);
  }

  /** Images with many, small or ragged cells more often. */
  static byComplexity(dataset: Samplable, options: ComplexityConfig & SamplerOptions = {}): Sampler {
    checkSamplable(dataset);
    check(isPlain(options), options, "options", "an object of options");
    const { seed, ...rest } = options;
    const complexity = parseConfig(complexityOptionsSchema, rest, "complexity");
    const weight = (statistics: MaskStatistics) => call(() => native().functional.complexityWeight(statistics, complexity));
    const weights = dataset.maskStatistics.map((statistics) => weight(statistics ?? empty));
    return new Sampler(dataset.length, checked(weights, dataset.length), { seed }, complexity.complexity);
  }

  /**
   * In proportion to the caller's own weights: one per image, or a function of its mask's statistics.
   * @throws AcinusError ACINUS_INVALID_ARGUMENT unless there is one weight per image, each finite and at least 0, not all 0.
   */
  static weighted(
    dataset: Samplable,
    weights: ArrayLike<number> | ((statistics: MaskStatistics, index: number) => number),
    options: SamplerOptions = {},
  ): Sampler {
    checkSamplable(dataset);
    checkOptions(options, "options", ["seed"]);
    const list =
      typeof weights === "function"
        ? dataset.maskStatistics.map((statistics, index) => weights(statistics ?? empty, index))
        : numbersOf(weights, "weights");
    return new Sampler(dataset.length, checked(list, dataset.length), options);
  }

  /** Indices into the data set for one epoch; the same for the same epoch. */
  draw(epoch: number): Int32Array {
    if (!(Number.isSafeInteger(epoch) && epoch >= 0)) {
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", `epoch is ${shown(epoch)}; it must be a whole number of at least 0.`, {
        value: epoch,
      });
    }
    const { length, weights, seed = 0 } = this;
    return call(() => {
      const { weightedDraw, uniformDraw } = native().functional;
      return weights.length > 0 ? weightedDraw(weights, length, seed, epoch) : uniformDraw(length, seed, epoch);
    });
  }
}

function checkSamplable(dataset: Samplable): void {
  checkObject(dataset, "dataset", "a Dataset", ["length", "maskStatistics"]);
}

function checked(weights: number[], length: number): Float64Array {
  if (weights.length !== length) {
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", `${weights.length} weights were given for ${length} images.`, {
      value: weights.length,
      fix: "Give one weight per image.",
    });
  }
  const at = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (at >= 0) {
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", `The sampling weight of image ${at} is ${shown(weights[at])}.`, {
      value: weights[at],
      fix: "Weights must be finite and at least 0.",
    });
  }
  if (length > 0 && weights.every((weight) => weight === 0)) {
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", `All ${length} sampling weights are 0.`, {
      fix: "Give some image a weight above 0.",
    });
  }
  return Float64Array.from(weights);
}
