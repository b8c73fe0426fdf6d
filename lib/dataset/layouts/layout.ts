/** How a data set lies on disk: the one thing that an adapter for a new layout has to say. */

import type { DataOptions } from "../../config/data.js";
import type { AcinusError } from "../../errors.js";
import type { DecodedImage, RawImage } from "../decoded.js";
import type { Folder } from "../folder.js";
import type { Truth } from "../truth.js";
import type { ImageSize } from "../types.js";

/** How images and masks are read; the same for all files of a set. */
export type ReadOptions = DataOptions;

/** One image with its truth, found but not read. */
export interface LayoutSample {
  /** Different for each sample of a set. */
  readonly name: string;
  /** Samples of one patient, slide or condition stay together in a split. Default: each by itself. */
  readonly group?: string;
  /** The file that holds the image. */
  readonly image: string;
  /** The file or folder that holds the truth. */
  readonly mask: string;
  /** Reads the image, as the values of its file or as RGB bytes; default: the file `image`. */
  readImage?(options: ReadOptions): Promise<RawImage | DecodedImage>;
  /** Reads the truth; default: the mask file `mask`. Outlines need the image's size, which arrives when the image has been read. */
  readTruth?(options: ReadOptions, size: Promise<ImageSize>): Promise<Truth>;
  /** Reads which pixel is which cell's, where another file than `mask` says it. */
  readInstances?(options: ReadOptions): Promise<Truth>;
}

export interface FoundSamples {
  /** What was found. */
  readonly samples: readonly LayoutSample[];
  /** Files that have no partner, and the like. */
  readonly problems?: readonly AcinusError[];
  /** What a user should know about how it is read, in a few words. */
  readonly note?: string;
}

/**
 * An adapter: recognises one way in which data sets lie on disk. `find` looks at names (and, where names say nothing, into one file) and gives the
 * samples, or null where the folder is not of its kind.
 */
export interface Layout {
  /** What `layout` (--layout) calls it. */
  readonly name: string;
  /** What lies where, in a few words. */
  readonly title: string;
  /** The samples of a folder; null where it is laid out otherwise. */
  find(folder: Folder): Promise<FoundSamples | null>;
}
