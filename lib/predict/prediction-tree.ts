import { join } from "node:path";
import type { InputImage } from "../dataset/inputs.js";
import { AcinusError } from "../errors.js";
import { check, checkObject, checkPath } from "../system/arguments.js";
import type { PredictionFormat } from "./prediction.js";
import { checkFormats, PredictionFolder } from "./prediction-folder.js";

/** The results of images from several folders: those of an image in `a/b` below its input are in `a/b` of the results. */
export class PredictionTree {
  readonly #folders = new Map<string, PredictionFolder>();
  readonly #folderOf = new Map<string, PredictionFolder>();

  /** @param images all that will be added, so that no two share a result. */
  constructor(
    /** Where results go. */
    readonly path: string,
    /** What is written of each image. */
    readonly formats: readonly PredictionFormat[],
    images: readonly InputImage[],
  ) {
    checkPath(path, "path");
    check(Array.isArray(images), images, "images", "a list of { image, folder }, as findInputs gives them");
    for (const [at, one] of images.entries()) checkObject(one, `images[${at}]`, "{ image, folder }", ["image", "folder"]);
    checkFormats(formats);
    for (const folder of new Set(images.map((image) => image.folder))) {
      const inside = images.filter((image) => image.folder === folder).map(({ image }) => image);
      const results = new PredictionFolder(join(path, folder), formats, inside);
      this.#folders.set(folder, results);
      for (const image of inside) this.#folderOf.set(image, results);
    }
  }

  /** As `PredictionFolder.plan`, of all folders. */
  async plan(): Promise<{ image: string; name: string; folder: string }[]> {
    const renamed: { image: string; name: string; folder: string }[] = [];
    for (const folder of this.#folders.values()) {
      for (const found of await folder.plan()) renamed.push({ ...found, folder: folder.path });
    }
    return renamed;
  }

  /** Where the results of an image go. */
  folderOf(image: string): PredictionFolder {
    const folder = this.#folderOf.get(image);
    if (folder) return folder;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", `${image} is none of the images that these results were made for.`, {
      value: image,
    });
  }

  /** As `PredictionFolder.finish`, of all folders. */
  async finish(): Promise<string[]> {
    const files: string[] = [];
    for (const folder of this.#folders.values()) files.push(...(await folder.finish()));
    return files;
  }
}
