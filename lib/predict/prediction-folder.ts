import { basename, join, parse } from "node:path";
import { writeFileAtomic } from "../system/atomic-file.js";
import { addCocoImage, cocoCells } from "./formats/coco.js";
import type { Prediction, PredictionFormat } from "./prediction.js";

/** Of a result, after the image's name; COCO's is one document for all images. */
const endings: Record<Exclude<PredictionFormat, "coco">, string> = {
  png: ".png",
  prob: "-prob.png",
  labels: "-labels.png",
  geojson: ".geojson",
  imagej: "-rois.zip",
};

/** The results of many images in one folder, which is made where missing. */
export class PredictionFolder {
  readonly #coco = cocoCells();

  /** @param images all that will be added, so that two of one name do not share a result. */
  constructor(
    readonly path: string,
    readonly formats: readonly PredictionFormat[],
    readonly images: readonly string[],
  ) {}

  /** Writes what is of this image alone, and returns those files. */
  async add(image: string, prediction: Prediction): Promise<string[]> {
    const files: string[] = [];
    for (const format of this.formats) {
      if (format === "coco") {
        addCocoImage(this.#coco, basename(image), prediction);
      } else {
        const file = join(this.path, this.#name(image) + endings[format]);
        await prediction.save(file, { format });
        files.push(file);
      }
    }
    return files;
  }

  /** Writes what is of all images added so far, and returns those files. */
  async finish(): Promise<string[]> {
    if (!this.formats.includes("coco")) return [];
    const file = join(this.path, "coco.json");
    await writeFileAtomic(file, `${JSON.stringify(this.#coco)}\n`);
    return [file];
  }

  /** The image's name without its ending; with it where two images would otherwise share a result. */
  #name(image: string): string {
    const { name, base } = parse(image);
    return this.images.filter((other) => parse(other).name === name).length > 1 ? base : name;
  }
}
