import { basename, extname, parse } from "node:path";
import type { NativeCellMap, NativeMeasures } from "../addon/contract.js";
import { cellMapHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { plainRule, type Separation, type SeparationOptions, separationSchema } from "../config/cells.js";
import { parseConfig } from "../config/parse.js";
import { AcinusError } from "../errors.js";
import { check, checkArray, checkOptions, checkPath, checkText, shown } from "../system/arguments.js";
import { checkNumber, checkShape, checkSize } from "../system/arrays.js";
import { loadSharp } from "../system/image-library.js";
import { type ReplaceOptions, requireWritable, writeOutput } from "../system/output-file.js";
import { cellMapOf, checkPixelSize, checkPixels, type Pixels } from "./cell-map.js";
import { type CocoCells, cocoCells, cocoPieces } from "./formats/coco.js";
import { addCsvRows, csvHead } from "./formats/csv.js";
import { type GeoJsonCells, geoJsonCells, geoJsonPieces } from "./formats/geojson.js";
import { imageJPieces } from "./formats/imagej.js";
import { outlineColour } from "./formats/outline.js";
import { TextPieces } from "./formats/pieces.js";
import { labelsTiff } from "./formats/tiff.js";
import { type Instance, instancesOf } from "./instances.js";
import { type CellMeasurements, measurementsOf } from "./measurements.js";

/**
 * `png`: the mask, 0 and 255. `prob`: probabilities as grey PNG, 8 or 16 bits. `labels`: one grey value per cell, as TIFF of 16 bits, and of 32 from
 * 65,536 cells on (or a 16-bit PNG, by the file's ending). `geojson`: one feature per cell, outlined along its pixels' edges, with its measurements.
 * `imagej`: the same outlines as a zip for ImageJ's ROI Manager. `coco`: one annotation per cell, its mask as run lengths. `csv`: one row per cell.
 * `overlay`: the image with the cells' outlines, PNG.
 */
export const predictionFormats = ["png", "prob", "labels", "geojson", "imagej", "coco", "csv", "overlay"] as const;
export type PredictionFormat = (typeof predictionFormats)[number];

export interface SaveOptions extends ReplaceOptions {
  /** Default: by the file's ending, `.png` → png, `.geojson` → geojson, `.zip` → imagej, `coco.json` → coco, `.csv` → csv, `.tif` → labels. */
  format?: PredictionFormat;
  /** Of `prob`. Default 8. */
  bits?: 8 | 16;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** What a prediction is about. */
export interface PredictionOptions {
  /** A pixel is a cell where its probability is at least this. Default 0.5. */
  threshold?: number;
  /** How touching cells are told apart. Default: what hangs together is one cell. */
  separation?: SeparationOptions;
  /** The file that it is about, where there is one. */
  source?: string | undefined;
  /** µm per pixel, for measurements. */
  pixelSize?: number | undefined;
}

type About = { height: number; width: number; threshold: number; separation: Separation } & Pick<
  PredictionOptions,
  "source" | "pixelSize"
>;

/** What a network says about one image. `Predictor.predict` makes it, or `Prediction.of` from probabilities of your own. */
export class Prediction {
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
  /** From this probability on a pixel is a cell, 0 to 1. */
  readonly threshold: number;
  /** How touching cells were told apart. */
  readonly separation: Separation;
  /** The file that it is about, where there is one. */
  readonly source?: string;
  /** µm per pixel, where it is known. */
  readonly pixelSize?: number;
  /** @internal */
  readonly [cellMapHandle]: NativeCellMap;
  readonly #measures: NativeMeasures;
  #instances: readonly Instance[] | undefined;
  #probability: Float32Array | undefined;
  #mask: Uint8Array | undefined;
  #labels: Int32Array | undefined;
  #measured: Promise<readonly CellMeasurements[]> | undefined;

  /** @internal */
  constructor(map: NativeCellMap, measures: NativeMeasures, about: About) {
    this[cellMapHandle] = map;
    this.#measures = measures;
    this.height = about.height;
    this.width = about.width;
    this.threshold = about.threshold;
    this.separation = about.separation;
    if (about.source !== undefined) this.source = about.source;
    if (about.pixelSize !== undefined) this.pixelSize = about.pixelSize;
  }

  /**
   * The cells of a probability map, H·W values in [0, 1], row by row. The map is copied while the event loop turns: it must stay as it is until
   * the promise settles. With `image` their brightness is measured and their outlines can be drawn.
   * @throws AcinusError ACINUS_INVALID_ARGUMENT; ConfigError ACINUS_CONFIG for the separation.
   */
  static async of(
    probability: Float32Array,
    height: number,
    width: number,
    options: PredictionOptions & { image?: Pixels; signal?: AbortSignal } = {},
  ): Promise<Prediction> {
    checkSize(height, width);
    checkArray(probability, "probability", "Float32Array");
    checkShape(probability, [height, width], "probability");
    checkOptions(options, "options", ["threshold", "separation", "source", "pixelSize", "image", "signal"]);
    const { threshold = plainRule.threshold, source, pixelSize, image, signal } = options;
    checkNumber(threshold, "options.threshold", 0, 1);
    if (source !== undefined) checkText(source, "options.source");
    if (pixelSize !== undefined) checkPixelSize(pixelSize);
    if (image !== undefined) checkPixels(image, { height, width });
    const given = options.separation;
    const separation = given !== undefined ? parseConfig(separationSchema, given, "options.separation") : plainRule.separation;
    const map = await cellMapOf({ height, width }, { probability, ...(image ? { rgb: image.data } : {}) }, signal);
    const measures = await settle(() => map.find({ threshold, separation }), signal);
    return new Prediction(map, measures, { height, width, threshold, separation, source, pixelSize });
  }

  /** H·W values in [0, 1], row by row. This and the next two are arrays over native memory, which cannot be handed to another thread. */
  get probability(): Float32Array {
    this.#probability ??= this[cellMapHandle].probability();
    return this.#probability;
  }

  /** One byte per pixel: 1 in cells. */
  get mask(): Uint8Array {
    this.#mask ??= this[cellMapHandle].mask();
    return this.#mask;
  }

  /** H·W values: 0 for background, otherwise the instance's label. */
  get labels(): Int32Array {
    this.#labels ??= this[cellMapHandle].labels();
    return this.#labels;
  }

  /** The cells, in raster order of their first pixel. */
  get instances(): readonly Instance[] {
    this.#instances ??= instancesOf(this.#measures);
    return this.#instances;
  }

  /** The cells with what can be measured on them, in the same order. */
  measurements(signal?: AbortSignal): Promise<readonly CellMeasurements[]> {
    this.#measured ??= settle(() => this[cellMapHandle].regions(), signal)
      .then((regions) => measurementsOf(this.instances, regions))
      .catch((error: unknown) => {
        this.#measured = undefined; // after an abort it may be asked for again
        throw error;
      });
    return this.#measured;
  }

  /**
   * Writes one file, whole or not at all. A file that acinus wrote there before is replaced.
   * @throws AcinusError ACINUS_FILE_EXISTS where there is another one, unless `force`; never over the image that the prediction is about.
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    checkPath(path, "path");
    checkOptions(options, "options", ["format", "bits", "force", "signal"]);
    const { format = formatOf(path), bits = 8, force, signal } = options;
    if (!predictionFormats.includes(format)) throw unknownFormat(shown(format));
    check(bits === 8 || bits === 16, bits, "options.bits", "8 or 16");
    const inputs = this.source === undefined ? [] : [this.source];
    await requireWritable(path, { inputs, force });
    const { name, ext } = parse(path);
    const picture = ext.toLowerCase() === ".png";
    const content = await this.encode(format, { bits, image: `${name}.png`, picture, signal });
    await writeOutput(path, content, { inputs, force });
  }

  /** The mask as PNG, 0 and 255. */
  async toPng(): Promise<Buffer> {
    return this.#picture(await settle(() => this[cellMapHandle].grey("mask", 8)));
  }

  /** A FeatureCollection in pixel coordinates, y downwards, as QuPath reads it; one Polygon or MultiPolygon per cell. */
  toGeoJson(): Promise<GeoJsonCells> {
    return geoJsonCells(this);
  }

  /** A COCO document of this image. @param file the image's name in it; several images make one document with `cocoCells`. */
  async toCoco(file = basename(this.source ?? "image.png")): Promise<CocoCells> {
    checkText(file, "file");
    return cocoCells([{ file, prediction: this }]);
  }

  /** A zip of regions for ImageJ's ROI Manager. */
  async toImageJ(): Promise<Uint8Array> {
    return Buffer.concat(await imageJPieces(this));
  }

  /** The pieces of a file in a format, in their order. */
  async encode(format: PredictionFormat, options: EncodeOptions = {}): Promise<readonly Uint8Array[]> {
    const { bits = 8, image = "image.png", picture = false, signal } = options;
    const map = this[cellMapHandle];
    const file = basename(this.source ?? image);
    switch (format) {
      case "png":
        return [await this.toPng()];
      case "prob":
        return [await this.#picture(await settle(() => map.grey("probability", bits), signal))];
      case "labels": {
        const labels = await settle(() => map.grey("labels", this.#labelBits(picture)), signal);
        if (picture) return [await this.#picture(labels as Uint16Array)];
        return labelsTiff(labels, this, { pixelSize: this.pixelSize, signal });
      }
      case "geojson":
        return geoJsonPieces(this, signal);
      case "imagej":
        return imageJPieces(this, signal);
      case "coco":
        return cocoPieces(await this.toCoco(file), signal);
      case "csv": {
        const text = new TextPieces();
        text.add(csvHead);
        await addCsvRows(text, file, this, signal);
        return text.finish();
      }
      case "overlay":
        return [await this.#overlay(signal)];
      default:
        throw unknownFormat(String(format satisfies never));
    }
  }

  #labelBits(picture: boolean): 16 | 32 {
    const count = this.instances.length;
    if (count <= 65535) return 16;
    if (!picture) return 32;
    const message = `A 16-bit PNG holds 65535 labels, and there are ${count} cells.`;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: count, fix: "Save them as a TIFF file (.tif)." });
  }

  async #overlay(signal?: AbortSignal): Promise<Buffer> {
    const data = await settle(() => this[cellMapHandle].overlay(outlineColour), signal);
    const sharp = await loadSharp();
    const raw = { width: this.width, height: this.height, channels: 3 as const };
    return sharp(data, { raw, limitInputPixels: false }).png().toBuffer();
  }

  async #picture(values: Uint8Array | Uint16Array): Promise<Buffer> {
    const sharp = await loadSharp();
    const image = sharp(values, { raw: { width: this.width, height: this.height, channels: 1 }, limitInputPixels: false });
    const space = values instanceof Uint16Array ? "grey16" : "b-w";
    return image.toColourspace(space).png().toBuffer();
  }
}

export interface EncodeOptions {
  /** Of `prob`. Default 8. */
  bits?: 8 | 16;
  /** The image's name in a document, where the prediction knows none. By default it has to know it. */
  image?: string;
  /** Labels as PNG instead of TIFF. Default false. */
  picture?: boolean;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

function formatOf(path: string): PredictionFormat {
  const ending = extname(path).toLowerCase();
  if (ending === ".png") return "png";
  if (ending === ".zip") return "imagej";
  if (ending === ".csv") return "csv";
  if (ending === ".tif" || ending === ".tiff") return "labels";
  if (path.toLowerCase().endsWith("coco.json")) return "coco";
  if (ending === ".geojson" || ending === ".json") return "geojson";
  throw unknownFormat(shown(ending || path));
}

function unknownFormat(value: string): AcinusError {
  return new AcinusError("ACINUS_INVALID_ARGUMENT", `Predictions cannot be saved as ${value}.`, {
    value,
    fix: `Use one of the formats ${predictionFormats.join(", ")}.`,
  });
}
