import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AcinusError } from "../errors.js";
import { check, checkPath } from "../system/arguments.js";
import { sweepLeftovers } from "../system/atomic-file.js";
import { identityOf, requireFolder, requireWritable, writeOutput } from "../system/output-file.js";
import { entryAt } from "../system/regular-file.js";
import { addCocoImage, cocoText, emptyCocoCells } from "./formats/coco.js";
import { Prediction, type PredictionFormat, predictionFormats } from "./prediction.js";
import { folderFix, nameResults, type ResultNames } from "./result-names.js";

/** Of a result, after the image's name; COCO's is one document for all images. */
const endings: Record<Exclude<PredictionFormat, "coco">, string> = {
  png: ".png",
  prob: "-prob.png",
  labels: "-labels.png",
  geojson: ".geojson",
  imagej: "-rois.zip",
};

/** The results of many images in one folder, which is made where missing. Files that acinus did not write stay as they are. */
export class PredictionFolder {
  readonly #coco = emptyCocoCells();
  #names: Promise<Map<string, ResultNames>> | undefined;
  #cocoFile: Promise<string> | undefined;

  /** @param images all that will be added, so that no two share a result. */
  constructor(
    readonly path: string,
    readonly formats: readonly PredictionFormat[],
    readonly images: readonly string[],
  ) {
    checkPath(path, "path");
    check(Array.isArray(formats), formats, "formats", "a list of formats");
    for (const [at, format] of formats.entries()) {
      check(predictionFormats.includes(format), format, `formats[${at}]`, `one of ${predictionFormats.join(", ")}`);
    }
    check(Array.isArray(images), images, "images", "a list of paths");
    for (const [at, image] of images.entries()) checkPath(image, `images[${at}]`);
  }

  /**
   * Finds the names of all results, before any work. Returns the images whose results cannot have the image's own name, because another file
   * of this call or of another image has it, with the names that they get.
   * @throws AcinusError ACINUS_FILE_EXISTS where a result would meet a file that acinus did not write.
   */
  async plan(): Promise<{ image: string; name: string }[]> {
    await requireFolder(this.path);
    const names = await this.#planned();
    return [...names.values()].filter(({ differs }) => differs).map(({ image, base }) => ({ image, name: base }));
  }

  /** Writes what is of this image alone, and returns those files. */
  async add(image: string, prediction: Prediction): Promise<string[]> {
    checkPath(image, "image");
    check(prediction instanceof Prediction, prediction, "prediction", "a Prediction");
    const names = (await this.#planned()).get(image);
    if (!names) {
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", `${image} is none of the images that this folder was made for.`, {
        value: image,
        fix: "Name all images when the PredictionFolder is made.",
      });
    }
    const files: string[] = [];
    for (const format of this.formats) {
      if (format === "coco") {
        await addCocoImage(this.#coco, basename(image), prediction);
      } else {
        const file = join(this.path, names.base + endings[format]);
        await writeOutput(file, await prediction.encode(format), {
          ...{ inputs: [image], from: names.from, fix: folderFix },
        });
        files.push(file);
      }
    }
    return files;
  }

  /** Writes what is of all images added so far, and returns those files. */
  async finish(): Promise<string[]> {
    if (!this.formats.includes("coco")) return [];
    const file = await this.#cocoPath();
    await writeOutput(file, await cocoText(this.#coco), { inputs: this.images, fix: folderFix });
    return [file];
  }

  #planned(): Promise<Map<string, ResultNames>> {
    this.#names ??= (async () => {
      const own = this.formats.flatMap((format) => (format === "coco" ? [] : [endings[format]]));
      const reserved = this.formats.includes("coco") ? [basename(await this.#cocoPath())] : [];
      const names = await nameResults(this.path, this.images, own, reserved);
      const files = new Set([...names.values()].flatMap(({ base }) => own.map((ending) => base + ending)).concat(reserved));
      await sweepLeftovers(this.path, (target) => files.has(target));
      return names;
    })();
    return this.#names;
  }

  /** `coco.json`; another name where that document is about images that are not among these. */
  #cocoPath(): Promise<string> {
    this.#cocoFile ??= (async () => {
      const names = new Set(this.images.map((image) => basename(image)));
      const inputs = new Set(await Promise.all(this.images.map(identityOf)));
      for (let n = 1; ; n++) {
        const path = join(this.path, n === 1 ? "coco.json" : `coco-${n}.json`);
        if (!(await entryAt(path).catch(() => undefined))) return path;
        if (inputs.has(await identityOf(path))) continue;
        await requireWritable(path, { fix: folderFix });
        if ((await imagesOf(path)).every((name) => names.has(name))) return path;
      }
    })();
    return this.#cocoFile;
  }
}

async function imagesOf(path: string): Promise<string[]> {
  const { images } = JSON.parse(await readFile(path, "utf8")) as { images: { file_name: string }[] };
  return images.map(({ file_name }) => file_name);
}
