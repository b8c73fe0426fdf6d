import type { MaskStatistics, NativeSampleStore } from "../addon/contract.js";
import { call, closed } from "../addon/job.js";
import { native } from "../addon/load.js";
import { AcinusError, DataError } from "../errors.js";
import { check, checkOptions, checkPath, indicesOf } from "../system/arguments.js";
import { type ScannedPair, type ScanOptions, scan, summarize } from "./scan.js";
import { type Part, type SplitOptions, splitIndices } from "./split.js";
import { type DatasetStatistics, datasetStatistics } from "./statistics.js";
import { type ImageSize, type StoreView, storeView, type TrainableDataset } from "./types.js";

export interface OpenOptions extends ScanOptions {
  /** Which images belong together (one patient, one slide): a pattern found in the file's name, or a function of it. Default: each by itself. */
  group?: RegExp | ((name: string) => string);
}

/** One image with its mask. */
interface Sample {
  readonly name: string;
  readonly group: string;
  readonly files: { readonly image: string; readonly mask: string };
  readonly size: ImageSize;
  readonly mask: MaskStatistics;
  readonly contentHash: string;
  readonly maskHash: string;
  readonly index: number;
}

/** The pixels, shared by all views and freed with the last of them. */
class SharedStore {
  views = 0;
  constructor(readonly native: NativeSampleStore) {}

  release(): void {
    if (--this.views === 0) this.native.close();
  }
}

/**
 * Images with masks, checked and decoded, ready for training. `split` and `subset` give views over the same pixels; each has its own `close()`.
 */
export class Dataset implements TrainableDataset, Disposable {
  /** The folder it was opened from. */
  readonly folder: string;
  readonly length: number;
  readonly files: readonly { readonly image: string; readonly mask: string }[];
  readonly sizes: readonly ImageSize[];
  readonly groups: readonly string[];
  readonly maskStatistics: readonly MaskStatistics[];
  readonly contentHashes: readonly string[];
  readonly maskHashes: readonly string[];
  readonly #samples: readonly Sample[];
  readonly #store: SharedStore;
  #closed = false;

  private constructor(folder: string, samples: readonly Sample[], store: SharedStore) {
    this.folder = folder;
    this.#samples = samples;
    this.#store = store;
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
   * Reads `folder` (images/ with masks/ of the same names, or x.png beside x_mask.png) and checks every pair. All problems are collected: the
   * error thrown has the code of the first one and lists the others in `problems`.
   */
  static async open(folder: string, options: OpenOptions = {}): Promise<Dataset> {
    checkPath(folder, "folder");
    checkOptions(options, "options", ["group", "signal", "onProgress"]);
    const { group } = options;
    const right = group === undefined || typeof group === "function" || group instanceof RegExp;
    check(right, group, "options.group", "a regular expression or a function of a file's name");
    const store = new SharedStore(call(() => new (native().SampleStore)()));
    const samples: Sample[] = [];
    try {
      const problems = await scan(folder, (pair) => samples.push(toSample(pair, store.native, options.group)), options);
      if (problems.length > 0) throw summarize(folder, problems);
      return new Dataset(folder, samples, store);
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
    const samples = indicesOf(indices, "indices").map((index) => {
      const sample = this.#samples[index];
      if (sample) return sample;
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", `There is no image ${index} in a set of ${this.length}.`, {
        value: index,
      });
    });
    if (samples.length === 0) throw new DataError("ACINUS_EMPTY_SET", "A subset needs at least one image.", { value: 0 });
    return new Dataset(this.folder, samples, this.#store);
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

function toSample(pair: ScannedPair, store: NativeSampleStore, group: OpenOptions["group"]): Sample {
  const { decoded, maskPixels, name } = pair;
  const { height, width } = decoded;
  return call(() => ({
    name,
    group: groupOf(name, group),
    files: { image: pair.image, mask: pair.mask },
    size: { height, width },
    mask: native().functional.maskStatistics(maskPixels.data, height, width),
    contentHash: pair.contentHash,
    maskHash: pair.maskHash,
    index: store.add(decoded.data, maskPixels.data, height, width),
  }));
}

function groupOf(name: string, group: OpenOptions["group"]): string {
  if (group === undefined) return name;
  if (typeof group === "function") return group(name);
  const match = name.match(new RegExp(group.source, group.flags.replace(/[gy]/g, "")));
  if (match) return match[1] ?? match[0];
  const message = `The group pattern ${group} is not found in the name ${name}.`;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: name, fix: "Use a pattern that every file name has." });
}
