/** One image of a data set. */
import type { MaskStatistics, NativeSampleStore } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { AcinusError } from "../errors.js";
import type { DecodedImage } from "./decoded.js";
import type { ImageReader } from "./images.js";
import type { LayoutSample, ReadOptions } from "./layouts/layout.js";
import { decodeTruth } from "./masks.js";
import { describeScan, type Scan, type ScannedPair } from "./scan.js";
import { type Instances, instancesOf, type Truth, type TruthKind } from "./truth.js";
import type { ImageSize, SampleFiles } from "./types.js";

export type GroupOption = RegExp | ((name: string) => string);

/** What was recognised. */
export interface DatasetLayout {
  /** As in `layout` (--layout). */
  readonly name: string;
  /** In one line, for people. */
  readonly description: string;
  /** Whether masks say where cells are (binary), which pixel is which cell's (labels), or of which class a pixel is (classes). */
  readonly truth: TruthKind;
  /** Names of the classes in the data, those that were not chosen too. */
  readonly classes: readonly string[];
}

export interface DatasetSample {
  /** Of the sample, from its file. */
  readonly name: string;
  /** Samples of one group stay together in a split. */
  readonly group: string;
  /** Where it came from. */
  readonly files: SampleFiles;
  /** Its height and width, px. */
  readonly size: ImageSize;
  /** µm per pixel, where the files have it. */
  readonly pixelSize?: number;
  /** Which pixel is which cell's; null where the data does not say it. Read anew at each call. */
  instances(): Promise<Instances | null>;
  /** RGB bytes and the mask: 0 background, 1 cell, 2 to be ignored. null for an image without one. Read anew at each call. */
  pixels(): Promise<{ image: DecodedImage; mask: Uint8Array | null }>;
}

/** What a data set keeps of an image; the pixels lie in the store. */
export interface Sample {
  readonly about: Omit<DatasetSample, "instances" | "pixels">;
  readonly group: string;
  readonly files: { readonly image: string; readonly mask: string | null };
  readonly size: ImageSize;
  readonly mask: MaskStatistics | null;
  readonly contentHash: string;
  readonly maskHash: string | null;
  readonly index: number;
  instances(layout: DatasetLayout): Promise<Instances | null>;
  pixels(): Promise<{ image: DecodedImage; mask: Uint8Array | null }>;
}

export function layoutOf(scan: Scan): DatasetLayout {
  const { layout, reading } = scan;
  const labels = scan.samples.some(({ readInstances }) => readInstances !== undefined);
  return {
    name: layout.name,
    description: describeScan(scan),
    truth: labels ? "labels" : reading.kind,
    classes: reading.classes,
  };
}

export function toSample(
  pair: ScannedPair,
  store: NativeSampleStore,
  images: ImageReader,
  options: ReadOptions & { group?: GroupOption },
): Sample {
  const { decoded, truth, name, contentHash, maskHash } = pair;
  const { height, width } = decoded;
  const size = { height, width };
  const group = options.group === undefined ? (pair.group ?? name) : groupOf(name, options.group);
  const files = { image: pair.image, mask: pair.mask };
  const reads = readsOf(sourceOf(pair), size, images, options);
  return call(() => ({
    about: { name, group, files, size, pixelSize: options.pixelSize ?? decoded.pixelSize ?? truth.pixelSize },
    ...{ group, files, size, contentHash, maskHash },
    mask: native().functional.maskStatistics(truth.mask, height, width),
    index: store.add(decoded.data, truth.mask, height, width),
    ...reads,
  }));
}

/** In a function of its own, so that what it returns does not hold the pixels that were read. */
function readsOf(
  source: LayoutSample,
  size: ImageSize,
  images: ImageReader,
  options: ReadOptions,
): Pick<Sample, "instances" | "pixels"> {
  return {
    instances: (layout) => readInstances(source, size, options, layout),
    pixels: async () => {
      const [decoded, { mask }] = await Promise.all([images.read(source), readTruth(source, size, options)]);
      return { image: decoded, mask };
    },
  };
}

/** What of a pair has to be kept, without its pixels. */
function sourceOf({ name, image, mask, readImage, readTruth: truth, readInstances: instances }: LayoutSample): LayoutSample {
  return { name, image, mask, readImage, readTruth: truth, readInstances: instances };
}

function readTruth(source: LayoutSample, size: ImageSize, options: ReadOptions): Promise<Truth> {
  return source.readTruth ? source.readTruth(options, Promise.resolve(size)) : decodeTruth(source.mask, options);
}

async function readInstances(
  source: LayoutSample,
  size: ImageSize,
  options: ReadOptions,
  { truth }: DatasetLayout,
): Promise<Instances | null> {
  if (source.readInstances) return instancesOf(await source.readInstances(options));
  return truth === "labels" ? instancesOf(await readTruth(source, size, options)) : null;
}

function groupOf(name: string, group: GroupOption): string {
  if (typeof group === "function") return group(name);
  const match = name.match(new RegExp(group.source, group.flags.replace(/[gy]/g, "")));
  if (match) return match[1] ?? match[0];
  const message = `The group pattern ${group} is not found in the name ${name}.`;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: name, fix: "Use a pattern that every file name has." });
}
