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
import { cellMapOf } from "./cell-map.js";
import { type CocoCells, cocoCells, cocoText } from "./formats/coco.js";
import { type GeoJsonCells, geoJsonCells, geoJsonText } from "./formats/geojson.js";
import { imageJRois } from "./formats/imagej.js";
import { type Instance, instancesOf } from "./instances.js";

/**
 * `png`: the mask, 0 and 255. `prob`: probabilities as grey PNG, 8 or 16 bits. `labels`: one grey value per cell, 16-bit PNG.
 * `geojson`: one feature per cell, outlined along its pixels' edges. `imagej`: the same outlines as a zip for ImageJ's ROI Manager.
 * `coco`: one annotation per cell, its mask as run lengths.
 */
export const predictionFormats = ["png", "prob", "labels", "geojson", "imagej", "coco"] as const;
export type PredictionFormat = (typeof predictionFormats)[number];

export interface SaveOptions extends ReplaceOptions {
  /** Default: by the file's ending, `.png` → png, `.geojson` → geojson, `.zip` → imagej, `coco.json` → coco. */
  format?: PredictionFormat;
  /** Of `prob`. Default 8. */
  bits?: 8 | 16;
}

/** What a prediction is about. */
export interface PredictionOptions {
  /** A pixel is a cell where its probability is at least this. Default 0.5. */
  threshold?: number;
  /** How touching cells are told apart. Default: what hangs together is one cell. */
  separation?: SeparationOptions;
  /** The file that it is about, where there is one. */
  source?: string | undefined;
}

type About = { height: number; width: number; threshold: number; separation: Separation; source?: string | undefined };

/** What a network says about one image. `Predictor.predict` makes it, or `Prediction.of` from probabilities of your own. */
export class Prediction {
  readonly height: number;
  readonly width: number;
  readonly threshold: number;
  readonly separation: Readonly<Separation>;
  /** The file that it is about, where there is one. */
  readonly source?: string;
  /** @internal */
  readonly [cellMapHandle]: NativeCellMap;
  readonly #measures: NativeMeasures;
  #instances: readonly Instance[] | undefined;
  #probability: Float32Array | undefined;
  #mask: Uint8Array | undefined;
  #labels: Int32Array | undefined;

  /** @internal */
  constructor(map: NativeCellMap, measures: NativeMeasures, about: About) {
    this[cellMapHandle] = map;
    this.#measures = measures;
    this.height = about.height;
    this.width = about.width;
    this.threshold = about.threshold;
    this.separation = about.separation;
    if (about.source !== undefined) this.source = about.source;
  }

  /**
   * The cells of a probability map, H·W values in [0, 1], row by row. The map is copied while the event loop turns: it must stay as it is until
   * the promise settles.
   * @throws AcinusError ACINUS_INVALID_ARGUMENT; ConfigError ACINUS_CONFIG for the separation.
   */
  static async of(
    probability: Float32Array,
    height: number,
    width: number,
    options: PredictionOptions & { signal?: AbortSignal } = {},
  ): Promise<Prediction> {
    checkSize(height, width);
    checkArray(probability, "probability", "Float32Array");
    checkShape(probability, [height, width], "probability");
    checkOptions(options, "options", ["threshold", "separation", "source", "signal"]);
    const { threshold = plainRule.threshold, source, signal } = options;
    checkNumber(threshold, "options.threshold", 0, 1);
    if (source !== undefined) checkText(source, "options.source");
    const given = options.separation;
    const separation = given !== undefined ? parseConfig(separationSchema, given, "options.separation") : plainRule.separation;
    const map = await cellMapOf({ height, width }, { probability }, signal);
    const measures = await settle(() => map.find({ threshold, separation }), signal);
    return new Prediction(map, measures, { height, width, threshold, separation, source });
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

  /**
   * Writes one file, whole or not at all. A file that acinus wrote there before is replaced.
   * @throws AcinusError ACINUS_FILE_EXISTS where there is another one, unless `force`; never over the image that the prediction is about.
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    checkPath(path, "path");
    checkOptions(options, "options", ["format", "bits", "force"]);
    const { format = formatOf(path), bits = 8, force } = options;
    if (!predictionFormats.includes(format)) throw unknownFormat(shown(format));
    check(bits === 8 || bits === 16, bits, "options.bits", "8 or 16");
    const inputs = this.source === undefined ? [] : [this.source];
    await requireWritable(path, { inputs, force });
    const content = await this.encode(format, bits, `${parse(path).name}.png`);
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
  toImageJ(): Promise<Uint8Array> {
    return imageJRois(this);
  }

  /** The content of a file in a format. @param image the image's name in a COCO document, where the prediction knows none. */
  async encode(format: PredictionFormat, bits: 8 | 16 = 8, image?: string): Promise<Uint8Array | string> {
    switch (format) {
      case "png":
        return this.toPng();
      case "prob":
        return this.#picture(await settle(() => this[cellMapHandle].grey("probability", bits)));
      case "labels": {
        const count = this.instances.length;
        if (count > 65535) {
          throw new AcinusError("ACINUS_INVALID_ARGUMENT", `A 16-bit PNG holds 65535 labels, and there are ${count} cells.`, {
            value: count,
            fix: 'Use format "geojson".',
          });
        }
        return this.#picture(await settle(() => this[cellMapHandle].grey("labels", 16)));
      }
      case "geojson":
        return geoJsonText(this);
      case "imagej":
        return this.toImageJ();
      case "coco":
        return cocoText(await this.toCoco(this.source ? undefined : image));
      default:
        throw unknownFormat(String(format satisfies never));
    }
  }

  async #picture(values: Uint8Array | Uint16Array): Promise<Buffer> {
    const sharp = await loadSharp();
    const image = sharp(values, { raw: { width: this.width, height: this.height, channels: 1 }, limitInputPixels: false });
    const space = values instanceof Uint16Array ? "grey16" : "b-w";
    return image.toColourspace(space).png().toBuffer();
  }
}

function formatOf(path: string): PredictionFormat {
  const ending = extname(path).toLowerCase();
  if (ending === ".png") return "png";
  if (ending === ".zip") return "imagej";
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
