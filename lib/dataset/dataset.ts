import { parse } from "node:path";
import type { MaskStatistics, NativeSampleStore } from "../addon/contract.js";
import { call, closed } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type Channel, dataOptionsSchema, type ReadingOptions } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import { parseConfig } from "../config/parse.js";
import { AcinusError, ConfigError, DataError } from "../errors.js";
import { check, checkIterable, checkOptions, checkPath, indicesOf } from "../system/arguments.js";
import { writeOutput } from "../system/output-file.js";
import { type FoldOptions, foldIndices, foldsText, readFolds } from "./folds.js";
import { type ArraySample, sampleFromArrays, sampleOf } from "./from-arrays.js";
import { ImageReader } from "./images.js";
import { findInputs } from "./inputs.js";
import { IntensityMap } from "./intensity/intensity-map.js";
import { type OtherMask, relabelled } from "./relabel.js";
import { type DatasetLayout, type DatasetSample, type GroupOption, layoutOf, type Sample, toSample } from "./sample.js";
import { type ScanOptions, scan, summarize } from "./scan.js";
import { SharedStore } from "./shared-store.js";
import { type Part, type SplitInput, type SplitOptions, sampleIndices, splitIndices } from "./split.js";
import { type DatasetStatistics, datasetStatistics } from "./statistics.js";
import {
  type ImageSize,
  loadInstances,
  readPixels,
  type SampleFiles,
  type StoreView,
  storeView,
  type TrainableDataset,
} from "./types.js";

export interface OpenOptions extends ScanOptions {
  /** Which images belong together (one patient, one slide): a pattern found in the file's name, or a function of it. Default: each by itself. */
  group?: GroupOption;
  /** Is told what is wrong with single images, which are then left out; without it the first problem is thrown. */
  onProblem?: (problem: AcinusError) => void;
}

/** One fold of a cross-validation. Both are views over the same pixels; each has its own `close()`. */
export interface Fold {
  /** The images to learn from. */
  readonly train: Dataset;
  /** The images that are left out. */
  readonly validation: Dataset;
}

const imagesOptionsSchema = dataOptionsSchema.pick({
  ...{ channels: true, plane: true, orientation: true, intensity: true, nan: true, pixelSize: true },
});

/** How images without masks are read. */
export interface ImagesOptions extends ReadingOptions {
  /** Folders with all that is below them. Default false. */
  recursive?: boolean;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told how much is done, and of how much. */
  onProgress?: (done: number, total: number) => void;
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
  /** Whether `intensity` was asked for, and not learnt from these images. */
  readonly intensityGiven: boolean;
  /** Number of images. */
  readonly length: number;
  /** Where each image came from; its mask is null where it has none. */
  readonly files: readonly SampleFiles[];
  /** Height and width of each image, px. */
  readonly sizes: readonly ImageSize[];
  /** The group of each image: a group stays together in a split. */
  readonly groups: readonly string[];
  /** Null for an image without a mask. */
  readonly maskStatistics: readonly (MaskStatistics | null)[];
  /** µm per pixel of each image, where it is known. */
  readonly pixelSizes: readonly (number | undefined)[];
  /** A hash of each image's decoded pixels: equal images have equal hashes. */
  readonly contentHashes: readonly string[];
  /** A hash of each mask's decoded pixels; null for an image without one. */
  readonly maskHashes: readonly (string | null)[];
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
    this.pixelSizes = samples.map((sample) => sample.about.pixelSize);
    this.contentHashes = samples.map((sample) => sample.contentHash);
    this.maskHashes = samples.map((sample) => sample.maskHash);
  }

  /**
   * Reads a data set in any layout that is known (`layouts` lists them), `folder` being its folder or the one file that describes it, and checks every
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

  /**
   * Images that are in memory, with masks or without: `Dataset.from([{ image, mask, height: 512, width: 512 }])`.
   * @throws AcinusError ACINUS_INVALID_ARGUMENT naming the sample.
   */
  static async from(samples: Iterable<ArraySample>): Promise<Dataset> {
    checkIterable(samples, "samples", "a list of { image, height, width, mask }");
    const given = [...samples];
    check(given.length > 0, samples, "samples", "a list of at least one { image, height, width, mask }");
    return Dataset.#filled("memory", given.length, async (store, add) => {
      for (const [at, one] of given.entries()) add(await sampleFromArrays(one, at, store));
      const labels = given.some((one) => one.labels !== undefined);
      return { name: "arrays", description: `arrays: ${given.length} images in memory`, truth: labels ? "labels" : "binary" };
    });
  }

  /**
   * Images without masks: a file, a folder, a pattern, or several of these. What trains or scores refuses them; what predicts, or chooses which
   * images to annotate, takes them. Open those of one network with its `intensity` and `channels`.
   * @throws as `Dataset.open`; DataError ACINUS_EMPTY_SET where there are none.
   */
  static async openImages(inputs: string | readonly string[], options: ImagesOptions = {}): Promise<Dataset> {
    const places = typeof inputs === "string" ? [inputs] : inputs;
    check(Array.isArray(places) && places.length > 0, inputs, "inputs", "a path, or a list of paths");
    for (const [at, place] of places.entries()) checkPath(place, typeof inputs === "string" ? "inputs" : `inputs[${at}]`);
    checkOptions(options, "options", ["recursive", "signal", "onProgress", ...Object.keys(imagesOptionsSchema.shape)]);
    const { recursive = false, signal, onProgress = () => undefined, ...asked } = options;
    const reading = parseConfig(imagesOptionsSchema, asked, "options");
    const found = await findInputs(places, { recursive });
    const images = new ImageReader(found, reading, reading.intensity);
    const about = { given: reading.intensity !== undefined, channels: reading.channels };
    return Dataset.#filled(
      places[0] as string,
      found.length,
      async (store, add) => {
        for (const [at, { image }] of found.entries()) {
          signal?.throwIfAborted();
          const decoded = await images.read({ image });
          const own = { ...decoded, pixelSize: reading.pixelSize ?? decoded.pixelSize };
          const name = parse(image).name;
          add(await sampleOf(own, store, { name, group: name, image, read: () => images.read({ image }) }));
          onProgress(at + 1, found.length);
        }
        return { name: "images", description: `images: ${found.length} images without masks`, truth: "binary" };
      },
      () => ({ rule: images.intensity.rule, notes: images.notes, ...about }),
    );
  }

  /** A set of samples that `fill` puts into its store, one or more. */
  static async #filled(
    folder: string,
    count: number,
    fill: (store: NativeSampleStore, add: (sample: Sample) => void) => Promise<Omit<DatasetLayout, "classes">>,
    mapping: () => Mapping = () => ({ rule: new IntensityMap().rule, notes: [], given: false, channels: undefined }),
  ): Promise<Dataset> {
    if (count === 0) throw new DataError("ACINUS_EMPTY_SET", "A data set needs at least one image.", { value: 0 });
    const store = new SharedStore(call(() => new (native().SampleStore)()));
    try {
      const samples: Sample[] = [];
      const layout = await fill(store.native, (sample) => samples.push(sample));
      return new Dataset(folder, { ...layout, classes: [] }, samples, store, mapping());
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
    const parts = splitIndices(this.#items(), options);
    const result = { train: this.subset(parts.train), validation: this.subset(parts.validation) };
    return parts.test.length > 0 ? { ...result, test: this.subset(parts.test) } : result;
  }

  /**
   * `k` pairs of a training and a validation set, each image being in one validation set. Groups, and copies of one image, stay together; images
   * with and without cells have like shares. `saveFolds` stores them, `openFolds` brings them back.
   * @throws DataError ACINUS_EMPTY_SET where there are fewer groups than folds.
   */
  folds(k: number, options: FoldOptions = {}): Fold[] {
    checkOptions(options, "options", ["seed"]);
    return this.#foldsOf(foldIndices(this.#items(), k, options));
  }

  /** Writes which image is in which fold's validation set, by content, as JSON. A file that acinus wrote there before is replaced. */
  async saveFolds(path: string, k: number, options: FoldOptions = {}): Promise<Fold[]> {
    checkPath(path, "path");
    checkOptions(options, "options", ["seed"]);
    const folds = foldIndices(this.#items(), k, options);
    const named = folds.map((fold) =>
      fold.map((i) => ({ image: this.files[i]?.image as string, content: this.contentHashes[i] as string })),
    );
    await writeOutput(path, [Buffer.from(foldsText(named, options.seed ?? 0))]);
    return this.#foldsOf(folds);
  }

  /** The folds that `saveFolds` stored. @throws DataError ACINUS_DATA_CHANGED where these are not the images that they were made of. */
  async openFolds(path: string): Promise<Fold[]> {
    checkPath(path, "path");
    return this.#foldsOf((await readFolds(path, this.contentHashes)).folds);
  }

  /**
   * A part of the images, drawn at random, with like shares of images with and without cells: for learning curves. A smaller share of the same seed
   * is part of a larger one.
   * @param share above 0, at most 1; at least one image is taken.
   */
  sample(share: number, seed = 0): Dataset {
    check(typeof share === "number" && share > 0 && share <= 1, share, "share", "a number above 0 and at most 1");
    check(Number.isSafeInteger(seed) && seed >= 0, seed, "seed", "a whole number of at least 0");
    return this.subset(sampleIndices(this.#items(), share, seed));
  }

  #items(): SplitInput[] {
    return this.#samples.map(({ group, mask, contentHash }) => ({ group, contentHash, hasCells: (mask?.area ?? 0) > 0 }));
  }

  #foldsOf(folds: readonly (readonly number[])[]): Fold[] {
    return folds.map((validation, i) => ({
      train: this.subset(folds.flatMap((fold, j) => (j === i ? [] : [...fold])).sort((a, b) => a - b)),
      validation: this.subset(validation),
    }));
  }

  /** A view of some images, in the order given. */
  subset(indices: Iterable<number>): Dataset {
    if (this.#closed) throw closed("data set");
    const samples = indicesOf(indices, "indices").map((index) => this.#sample(index));
    if (samples.length === 0) throw new DataError("ACINUS_EMPTY_SET", "A subset needs at least one image.", { value: 0 });
    return new Dataset(this.folder, this.layout, samples, this.#store, this.#intensity);
  }

  /**
   * A view of all images, some of which have other masks than their files: pseudo-labels. Pixels are shared, and nothing else of this set changes.
   * @param masks by the image's index. @throws AcinusError ACINUS_INVALID_ARGUMENT where a mask has another size than its image, or other values.
   */
  async withMasks(masks: ReadonlyMap<number, OtherMask>): Promise<Dataset> {
    if (this.#closed) throw closed("data set");
    check(masks instanceof Map, masks, "masks", "a Map of { mask, weight } by index");
    for (const index of masks.keys()) this.#sample(index);
    const from = this.#store.native;
    const store = new SharedStore(call(() => new (native().SampleStore)()));
    try {
      const samples: Sample[] = [];
      for (const [at, sample] of this.#samples.entries()) {
        const other = masks.get(at);
        const shared = () => call(() => ({ ...sample, index: store.native.addShared(from, sample.index, null, null) }));
        samples.push(other ? await relabelled(sample, other, at, from, store.native) : shared());
      }
      return new Dataset(this.folder, this.layout, samples, store, this.#intensity);
    } catch (error) {
      store.native.close();
      throw error;
    }
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

  /** Frees the pixels once no other view needs them. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#store.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
