import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { AcinusError } from "../errors.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { sweepLeftovers } from "../system/atomic-file.js";
import { identityOf, requireFolder, requireWritable, writeOutput } from "../system/output-file.js";
import { entryAt } from "../system/regular-file.js";
import { WrittenRecord } from "../system/written-record.js";
import { addCocoCells, addCocoImage, cocoPieces, emptyCocoCells } from "./formats/coco.js";
import { addCsvRows, csvHead, imagesOfCsv } from "./formats/csv.js";
import { TextPieces } from "./formats/pieces.js";
import type { Instance } from "./instances.js";
import type { CellMeasurements } from "./measurements.js";
import { Prediction, type PredictionFormat, predictionFormats } from "./prediction.js";
import { folderFix, nameResults, type ResultNames } from "./result-names.js";
import { type StripResult, stripFormats, writeStrips } from "./strip-files.js";
import { StripPrediction } from "./strip-prediction.js";

/** Of a result, after the image's name. */
const endings: Record<Exclude<PredictionFormat, Shared>, string> = {
  png: ".png",
  prob: "-prob.png",
  labels: "-labels.tif",
  geojson: ".geojson",
  imagej: "-rois.zip",
  overlay: "-overlay.png",
};
/** One document for all images: its name, and the images that one that is there is about. */
const shared = {
  coco: { stem: "coco", ending: ".json", imagesOf: imagesOfCoco },
  csv: { stem: "cells", ending: ".csv", imagesOf: imagesOfCsv },
} as const;
type Shared = keyof typeof shared;

function isShared(format: PredictionFormat): format is Shared {
  return format in shared;
}

/** The results of many images in one folder, which is made where missing. Files that acinus did not write stay as they are. */
export class PredictionFolder {
  readonly #coco = emptyCocoCells();
  readonly #csv = new TextPieces();
  #names: Promise<Map<string, ResultNames>> | undefined;
  readonly #sharedFiles = new Map<Shared, Promise<string>>();

  /** @param images all that will be added, so that no two share a result. */
  constructor(
    /** Where results go. */
    readonly path: string,
    /** What is written of each image. */
    readonly formats: readonly PredictionFormat[],
    readonly images: readonly string[],
  ) {
    checkPath(path, "path");
    checkFormats(formats);
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

  /**
   * Whether all results of this image are there as acinus wrote them, and not older than the image. Documents of
   * all images (coco, csv) do not count.
   */
  async isDone(image: string): Promise<boolean> {
    checkPath(image, "image");
    const { base, from } = await this.#namesOf(image);
    const record = await WrittenRecord.of(this.path);
    const made = await stat(image).catch(() => undefined);
    const isWhole = async (name: string) => {
      const entry = await stat(join(this.path, name)).catch(() => undefined);
      if (!entry || !made || entry.mtimeMs < made.mtimeMs || record.sourceOf(name) !== from) return false;
      return record.isOurs(name);
    };
    const own = this.formats.flatMap((format) => (isShared(format) ? [] : [base + endings[format]]));
    for (const name of own) if (!(await isWhole(name))) return false;
    return own.length > 0;
  }

  /** Writes what is of this image alone, and returns those files. */
  async add(image: string, prediction: Prediction, options: { signal?: AbortSignal } = {}): Promise<string[]> {
    checkPath(image, "image");
    check(prediction instanceof Prediction, prediction, "prediction", "a Prediction");
    checkOptions(options, "options", ["signal"]);
    const { signal } = options;
    const names = await this.#namesOf(image);
    const files: string[] = [];
    const contents: [string, readonly Uint8Array[]][] = [];
    for (const format of this.formats) {
      signal?.throwIfAborted();
      if (isShared(format)) continue;
      contents.push([join(this.path, names.base + endings[format]), await prediction.encode(format, { signal })]);
    }
    // From here on nothing stops halfway: an image has all of its results or none.
    for (const [file, content] of contents) {
      await writeOutput(file, content, { ...{ inputs: [image], from: names.from, fix: folderFix } });
      files.push(file);
    }
    if (this.formats.includes("coco")) await addCocoImage(this.#coco, basename(image), prediction);
    if (this.formats.includes("csv")) await addCsvRows(this.#csv, basename(image), prediction);
    return files;
  }

  /** As `add`, of an image of any size. Its files get their names together, when all are whole. */
  async addStrips(
    image: string,
    prediction: StripPrediction,
    signal?: AbortSignal,
  ): Promise<StripResult & { files: string[] }> {
    checkPath(image, "image");
    check(prediction instanceof StripPrediction, prediction, "prediction", "a StripPrediction");
    const formats = stripFormats.filter((format) => this.formats.includes(format));
    const { base, from } = await this.#namesOf(image);
    const targets = formats.map((format) => ({
      format,
      path: join(this.path, base + endings[format]),
    }));
    const rows = new TextPieces();
    const { pixelSize } = prediction;
    const measured = (cells: readonly CellMeasurements[]) =>
      addCsvRows(rows, basename(image), { pixelSize, measurements: async () => cells }, signal);
    const [instances, masks]: [Instance[], string[]] = [[], []];
    const masked = (cells: readonly Instance[], runs: readonly string[]) => {
      instances.push(...cells);
      masks.push(...runs);
    };
    const coco = this.formats.includes("coco");
    const listeners = { ...(this.formats.includes("csv") ? { measured } : {}), ...(coco ? { masked } : {}) };
    const outputs = { inputs: [image], from, fix: folderFix };
    const found = await writeStrips(prediction, targets, outputs, signal, listeners);
    this.#csv.append(rows);
    const { height, width } = prediction;
    if (coco) await addCocoCells(this.#coco, { file: basename(image), height, width }, instances, masks);
    return { ...found, files: targets.map(({ path }) => path) };
  }

  /** Writes what is of all images added so far, and returns those files. */
  async finish(): Promise<string[]> {
    const files: string[] = [];
    for (const format of this.formats.filter(isShared)) {
      const file = await this.#sharedPath(format);
      const content = format === "coco" ? await cocoPieces(this.#coco) : [Buffer.from(csvHead), ...this.#csv.finish()];
      await writeOutput(file, content, { inputs: this.images, fix: folderFix });
      files.push(file);
    }
    return files;
  }

  async #namesOf(image: string): Promise<ResultNames> {
    const names = (await this.#planned()).get(image);
    if (names) return names;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", `${image} is none of the images that this folder was made for.`, {
      value: image,
      fix: "Name all images when the PredictionFolder is made.",
    });
  }

  #planned(): Promise<Map<string, ResultNames>> {
    this.#names ??= (async () => {
      const own = this.formats.flatMap((format) => (isShared(format) ? [] : [endings[format]]));
      const reserved = await Promise.all(
        this.formats.filter(isShared).map(async (format) => basename(await this.#sharedPath(format))),
      );
      const names = await nameResults(this.path, this.images, own, reserved);
      const files = new Set([...names.values()].flatMap(({ base }) => own.map((ending) => base + ending)).concat(reserved));
      await sweepLeftovers(this.path, (target) => files.has(target));
      return names;
    })();
    return this.#names;
  }

  /** `coco.json`, `cells.csv`; another name where that document is about images that are not among these. */
  #sharedPath(format: Shared): Promise<string> {
    const known = this.#sharedFiles.get(format);
    if (known) return known;
    const { stem, ending, imagesOf } = shared[format];
    const found = (async () => {
      const names = new Set(this.images.map((image) => basename(image)));
      const inputs = new Set(await Promise.all(this.images.map(identityOf)));
      for (let n = 1; ; n++) {
        const path = join(this.path, n === 1 ? stem + ending : `${stem}-${n}${ending}`);
        if (!(await entryAt(path).catch(() => undefined))) return path;
        if (inputs.has(await identityOf(path))) continue;
        await requireWritable(path, { fix: folderFix });
        if (imagesOf(await readFile(path, "utf8")).every((name) => names.has(name))) return path;
      }
    })();
    this.#sharedFiles.set(format, found);
    return found;
  }
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT */
export function checkFormats(formats: readonly PredictionFormat[]): void {
  check(Array.isArray(formats), formats, "formats", "a list of formats");
  for (const [at, format] of formats.entries()) {
    check(predictionFormats.includes(format), format, `formats[${at}]`, `one of ${predictionFormats.join(", ")}`);
  }
}

function imagesOfCoco(text: string): string[] {
  const { images } = JSON.parse(text) as { images: { file_name: string }[] };
  return images.map(({ file_name }) => file_name);
}
