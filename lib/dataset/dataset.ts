import type { MaskStatistics } from "../addon/contract.js";
import { call, closed } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type Channel, dataOptionsSchema } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import { AcinusError, ConfigError, DataError } from "../errors.js";
import { check, checkOptions, checkPath, indicesOf } from "../system/arguments.js";
import { type DatasetLayout, type DatasetSample, type GroupOption, layoutOf, type Sample, toSample } from "./sample.js";
import { type ScanOptions, scan, summarize } from "./scan.js";
import { SharedStore } from "./shared-store.js";
import { type Part, type SplitOptions, splitIndices } from "./split.js";
import { type DatasetStatistics, datasetStatistics } from "./statistics.js";
import { type ImageSize, loadInstances, readPixels, type StoreView, storeView, type TrainableDataset } from "./types.js";

export interface OpenOptions extends ScanOptions {
  /** Which images belong together (one patient, one slide): a pattern found in the file's name, or a function of it. Default: each by itself. */
  group?: GroupOption;
  /** Is told what is wrong with single images, which are then left out; without it the first problem is thrown. */
  onProblem?: (problem: AcinusError) => void;
}

interface Mapping {
  readonly rule: IntensityRule;
  readonly notes: readonly string[];
  /** Whether it was asked for. */
  readonly given: boolean;
  readonly channels: Channel[] | undefined;
}

/**
 * Images with masks, checked and decoded, ready for training. `split` and `subset` give views over the same pixels; each has its own `close()`.
 */
export class Dataset implements TrainableDataset, Disposable {
  /** The folder it was opened from. */
  readonly folder: string;
  /** How the data lies on disk, and what its masks turned out to say. */
  readonly layout: DatasetLayout;
  /** The channels that were chosen, by name or number; undefined: grey or colours. */
  readonly channels: Channel[] | undefined;
  /** How grey values became the bytes that a network sees. Other sets are opened with it: `Dataset.open(folder, { intensity: train.intensity })`. */
  readonly intensity: IntensityRule;
  /** What a user should know of how the images are seen, a sentence each. */
  readonly notes: readonly string[];
  readonly intensityGiven: boolean;
  readonly length: number;
  readonly files: readonly { readonly image: string; readonly mask: string }[];
  readonly sizes: readonly ImageSize[];
  readonly groups: readonly string[];
  readonly maskStatistics: readonly MaskStatistics[];
  readonly contentHashes: readonly string[];
  readonly maskHashes: readonly string[];
  readonly #samples: readonly Sample[];
  readonly #store: SharedStore;
  readonly #intensity: Mapping;
  #closed = false;

  private constructor(
    folder: string,
    layout: DatasetLayout,
    samples: readonly Sample[],
    store: SharedStore,
    intensity: Mapping,
  ) {
    this.folder = folder;
    this.layout = layout;
    this.#samples = samples;
    this.#store = store;
    this.#intensity = intensity;
    this.channels = intensity.channels;
    this.intensity = intensity.rule;
    this.notes = intensity.notes;
    this.intensityGiven = intensity.given;
    store.views++;
    this.length = samples.length;
    this.files = samples.map((sample) => sample.files);
    this.sizes = samples.map((sample) => sample.size);
    this.groups = samples.map((sample) => sample.group);
    this.maskStatistics = samples.map((sample) => sample.mask);
    this.contentHashes = samples.map((sample) => sample.contentHash);
    this.maskHashes = samples.map((sample) => sample.maskHash);
  }

  /**
   * Reads a data set in any layout that is known (docs/data.md), `folder` being its folder or the one file that describes it, and checks every
   * pair. All problems are collected: the error thrown has the code of the first one and lists the others in `problems`.
   */
  static async open(folder: string, options: OpenOptions = {}): Promise<Dataset> {
    checkPath(folder, "folder");
    checkOptions(options, "options", Object.keys(dataOptionsSchema.shape));
    const { group } = options;
    const right = group === undefined || typeof group === "function" || group instanceof RegExp;
    check(right, group, "options.group", "a regular expression or a function of a file's name");
    const store = new SharedStore(call(() => new (native().SampleStore)()));
    const samples: Sample[] = [];
    try {
      const found = await scan(folder, (pair, images) => samples.push(toSample(pair, store.native, images, options)), options);
      const { problems } = found;
      const misused = problems.filter((problem) => problem instanceof ConfigError);
      if (misused.length > 0) throw summarize(folder, misused);
      if (problems.length > 0 && (!options.onProblem || samples.length === 0)) throw summarize(folder, problems);
      for (const problem of problems) options.onProblem?.(problem);
      const { notes } = found;
      const { intensity: mapping } = found.images;
      const intensity = { rule: mapping.rule, notes, given: options.intensity !== undefined, channels: options.channels };
      return new Dataset(folder, layoutOf(found), samples, store, intensity);
    } catch (error) {
      store.native.close();
      throw error;
    }
  }

  /** The paper's Table I for this set. */
  get statistics(): DatasetStatistics {
    return datasetStatistics(this.maskStatistics, this.sizes);
  }
  get [storeView](): StoreView {
    if (this.#closed) throw closed("data set");
    return { store: this.#store.native, indices: Int32Array.from(this.#samples, (sample) => sample.index) };
  }

  async [loadInstances](signal?: AbortSignal): Promise<void> {
    await this.#store.loadInstances(this.#samples, this.layout, signal);
  }

  [readPixels](index: number): ReturnType<Sample["pixels"]> {
    return this.#sample(index).pixels();
  }

  /** Parts in which images with and without cells have like shares, and no group (nor copies of one image) is torn apart. */
  split(options: SplitOptions & { test: number }): Record<Part, Dataset>;
  split(options: SplitOptions): { train: Dataset; validation: Dataset; test?: Dataset };
  split(options: SplitOptions): { train: Dataset; validation: Dataset; test?: Dataset } {
    checkOptions(options, "options", ["validation", "test", "seed"]);
    const items = this.#samples.map(({ group, mask, contentHash }) => ({ group, contentHash, hasCells: mask.area > 0 }));
    const parts = splitIndices(items, options);
    const result = { train: this.subset(parts.train), validation: this.subset(parts.validation) };
    return parts.test.length > 0 ? { ...result, test: this.subset(parts.test) } : result;
  }

  /** A view of some images, in the order given. */
  subset(indices: Iterable<number>): Dataset {
    if (this.#closed) throw closed("data set");
    const samples = indicesOf(indices, "indices").map((index) => this.#sample(index));
    if (samples.length === 0) throw new DataError("ACINUS_EMPTY_SET", "A subset needs at least one image.", { value: 0 });
    return new Dataset(this.folder, this.layout, samples, this.#store, this.#intensity);
  }

  /** One image: what is known of it, its cells (read when asked for), and its pixels. */
  at(index: number): DatasetSample {
    const sample = this.#sample(index);
    return { ...sample.about, instances: () => sample.instances(this.layout), pixels: () => sample.pixels() };
  }

  #sample(index: number): Sample {
    const sample = this.#samples[index];
    if (sample) return sample;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", `There is no image ${index} in a set of ${this.length}.`, {
      value: index,
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#store.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
