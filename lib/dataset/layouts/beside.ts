/** Annotation files that lie beside their images, or in a folder of their own. */
import { type Folder, isImage } from "../folder.js";
import { drawOutlines, type Outline } from "../outlines.js";
import { withoutResults } from "../results.js";
import type { FoundSamples, LayoutSample } from "./layout.js";
import { match } from "./match.js";
import { imageFolders, only } from "./pairs.js";

export interface Annotations {
  readonly outlines: readonly Outline[];
  /** µm per pixel. */
  readonly pixelSize?: number;
}

export interface BesideOptions {
  /** Endings of annotation files, in lower case. */
  endings: readonly string[];
  /** Names of folders that hold annotations, in lower case, beside a folder of images. */
  folders: readonly string[];
  /** Names of folders that hold images, in lower case. */
  imageFolders?: readonly string[];
  /** What the names of annotations may end with, beyond the image's. */
  suffix?: RegExp;
  read(path: string): Promise<Annotations>;
  /** Whether a file is of the kind, where its ending does not say. Asked of the first. */
  accepts?(path: string): Promise<boolean>;
}

export async function findBeside(folder: Folder, options: BesideOptions): Promise<FoundSamples | null> {
  const images = await only(folder, options.imageFolders ?? imageFolders, "images");
  const inner = images && (await only(folder, options.folders, "annotations"));
  const [holder, marks] =
    images && inner ? [images, inner] : images && folder.images().length === 0 ? [images, images] : [folder, folder];
  const all = marks.ending(...options.endings).filter((file) => !isImage(file));
  // Predictions beside their images are no truth.
  const files = holder === marks ? await withoutResults(marks.path, all) : all;
  if (files.length === 0 || holder.images().length === 0) return null;
  const { pairs, problems } = match(holder.images(), files, { maskSuffix: options.suffix });
  const [first] = pairs;
  if (!first || (options.accepts && !(await options.accepts(first.mask)))) return null;
  return { samples: pairs.map((pair) => outlined(pair, options.read)), problems };
}

export function outlined(
  pair: Pick<LayoutSample, "name" | "image" | "mask" | "group">,
  read: (path: string) => Promise<Annotations>,
): LayoutSample {
  return {
    ...pair,
    async readTruth(options, size) {
      const { outlines, pixelSize } = await read(pair.mask);
      return drawOutlines(pair.mask, outlines, await size, options, pixelSize);
    },
  };
}
