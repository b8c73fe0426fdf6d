/** What training, evaluation and samplers need to know of a data set; `Dataset` (dataset.ts) implements it. */
import type { MaskStatistics, NativeSampleStore } from "../addon/contract.js";
import type { Channel } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";

/** Where a sample came from. */
export interface SampleFiles {
  /** The image's file. */
  readonly image: string;
  /** Null for an image without a mask. */
  readonly mask: string | null;
}

/** Where an image and its truth came from. */
export interface SourceFiles {
  /** The image's file. */
  readonly image: string;
  /** The file or folder of its truth. */
  readonly mask: string;
}

/** Height and width in pixels. */
export interface ImageSize {
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
}

/** The decoded pixels behind a data set. A split is a view over the same store. */
export interface StoreView {
  readonly store: NativeSampleStore;
  /** The data set's samples, in its own order, as indices into the store. */
  readonly indices: Int32Array;
}

/** Key of the internal access to the pixels: not part of the public interface. */
export const storeView = Symbol("acinus.storeView");

/** Key of the internal call that brings the cells of all samples into the store, where the data tells them apart. */
export const loadInstances = Symbol("acinus.loadInstances");

/** Key of the internal call that reads an image and its mask anew, whatever files they lie in. */
export const readPixels = Symbol("acinus.readPixels");

/** A set of images with masks, decoded. Every list is in the data set's own order and `length` long. */
export interface TrainableDataset {
  /** Number of images. */
  readonly length: number;
  /** Where each image came from. */
  readonly files: readonly SampleFiles[];
  /** Height and width of each image, px. */
  readonly sizes: readonly ImageSize[];
  /** Null for an image without a mask. */
  readonly maskStatistics: readonly (MaskStatistics | null)[];
  /** A hash of each image's decoded pixels: equal images have equal hashes. One that begins with `blank-` (a single colour) identifies no image. */
  readonly contentHashes: readonly string[];
  /** A hash of each mask's decoded pixels; null for an image without one. A run is continued with the masks that it began with. */
  readonly maskHashes?: readonly (string | null)[];
  /** The channels that were chosen, by name or number; undefined: grey or colours. */
  readonly channels?: Channel[] | undefined;
  /** µm per pixel of each image, where it is known. */
  readonly pixelSizes?: readonly (number | undefined)[];
  /** How grey values became bytes; undefined: they were bytes. */
  readonly intensity?: IntensityRule;
  /** Whether it was asked for, and not learnt from these images. */
  readonly intensityGiven?: boolean;
  readonly [storeView]: StoreView;
  [loadInstances]?(signal?: AbortSignal): Promise<void>;
  [readPixels]?(
    index: number,
  ): Promise<{ readonly image: ImageSize & { readonly data: Uint8Array }; readonly mask: Uint8Array | null }>;
}

/** An order of training: `Sampler` (lib/train/sampler.ts) implements it. */
export interface TrainableSampler {
  /** One weight per training image, drawn with replacement; empty: every image once per epoch, shuffled. */
  readonly weights: Float64Array;
  /** What `draw` depends on besides the epoch; undefined: the trainer's seed. */
  readonly seed?: number;
  /** Which formula gave the weights, where one of the complexity did. */
  readonly complexity?: "v2" | "v1";
  /** The order of one epoch, as indices into the data set; the same for the same epoch. */
  draw(epoch: number): Int32Array;
}
