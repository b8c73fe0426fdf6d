import { basename, extname, parse } from "node:path";
import { AcinusError } from "../errors.js";
import { loadSharp } from "../system/image-library.js";
import { type ReplaceOptions, requireWritable, writeOutput } from "../system/output-file.js";
import { type CocoCells, cocoCells } from "./formats/coco.js";
import { type GeoJsonCells, geoJsonCells } from "./formats/geojson.js";
import { imageJRois } from "./formats/imagej.js";
import { findInstances, type Instance } from "./instances.js";

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

/** What a network says about one image. */
export class Prediction {
  /** One byte per pixel: 1 where the probability is at least the threshold. */
  readonly mask: Uint8Array;
  #found: { labels: Int32Array; instances: Instance[] } | undefined;

  constructor(
    /** H·W values in [0, 1], row by row. */
    readonly probability: Float32Array,
    readonly height: number,
    readonly width: number,
    readonly threshold: number,
    /** The file that it is about, where there is one. */
    readonly source?: string,
  ) {
    this.mask = thresholded(probability, threshold);
  }

  /** The cells, in raster order of their first pixel. */
  get instances(): readonly Instance[] {
    return this.#components().instances;
  }
  /** H·W values: 0 for background, otherwise the instance's label. */
  get labels(): Int32Array {
    return this.#components().labels;
  }

  /**
   * Writes one file, whole or not at all. A file that acinus wrote there before is replaced.
   * @throws AcinusError ACINUS_FILE_EXISTS where there is another one, unless `force`; never over the image that the prediction is about.
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    const { format = formatOf(path), bits = 8, force } = options;
    const inputs = this.source === undefined ? [] : [this.source];
    await requireWritable(path, { inputs, force });
    const content = await this.encode(format, bits, `${parse(path).name}.png`);
    await writeOutput(path, content, { inputs, force });
  }

  /** The mask as PNG, 0 and 255. */
  toPng(): Promise<Buffer> {
    return this.#grey(this.mask.map((value) => value * 255));
  }

  /** A FeatureCollection in pixel coordinates, y downwards, as QuPath reads it; one Polygon or MultiPolygon per cell. */
  toGeoJson(): GeoJsonCells {
    return geoJsonCells(this);
  }

  /** A COCO document of this image. @param file the image's name in it; several images make one document with `cocoCells`. */
  toCoco(file = basename(this.source ?? "image.png")): CocoCells {
    return cocoCells([{ file, prediction: this }]);
  }

  /** A zip of regions for ImageJ's ROI Manager. */
  toImageJ(): Uint8Array {
    return imageJRois(this);
  }

  /** The content of a file in a format. @param image the image's name in a COCO document, where the prediction knows none. */
  async encode(format: PredictionFormat, bits: 8 | 16 = 8, image?: string): Promise<Uint8Array | string> {
    switch (format) {
      case "png":
        return this.toPng();
      case "prob":
        return bits === 8
          ? this.#grey(new Uint8Array(this.probability.map((p) => Math.round(p * 255))))
          : this.#grey(new Uint16Array(this.probability.map((p) => Math.round(p * 65535))));
      case "labels": {
        const count = this.instances.length;
        if (count > 65535) {
          throw new AcinusError("ACINUS_INVALID_ARGUMENT", `A 16-bit PNG holds 65535 labels, and there are ${count} cells.`, {
            value: count,
            fix: 'Use format "geojson".',
          });
        }
        return this.#grey(Uint16Array.from(this.labels));
      }
      case "geojson":
        return `${JSON.stringify(this.toGeoJson())}\n`;
      case "imagej":
        return this.toImageJ();
      case "coco":
        return `${JSON.stringify(this.toCoco(this.source ? undefined : image))}\n`;
      default:
        throw unknownFormat(String(format satisfies never));
    }
  }

  async #grey(values: Uint8Array | Uint16Array): Promise<Buffer> {
    const sharp = await loadSharp();
    const image = sharp(values, { raw: { width: this.width, height: this.height, channels: 1 }, limitInputPixels: false });
    const space = values instanceof Uint16Array ? "grey16" : "b-w";
    return image.toColourspace(space).png().toBuffer();
  }

  #components() {
    this.#found ??= findInstances(this.mask, this.probability, this.height, this.width);
    return this.#found;
  }
}

/** 1 where a value is at least the threshold. A loop: Uint8Array.from with a function takes twenty times as long. */
function thresholded(values: Float32Array, threshold: number): Uint8Array {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i++) mask[i] = (values[i] as number) >= threshold ? 1 : 0;
  return mask;
}

function formatOf(path: string): PredictionFormat {
  const ending = extname(path).toLowerCase();
  if (ending === ".png") return "png";
  if (ending === ".zip") return "imagej";
  if (path.toLowerCase().endsWith("coco.json")) return "coco";
  if (ending === ".geojson" || ending === ".json") return "geojson";
  throw unknownFormat(ending || path);
}

function unknownFormat(value: string): AcinusError {
  return new AcinusError("ACINUS_INVALID_ARGUMENT", `Predictions cannot be saved as ${JSON.stringify(value)}.`, {
    value,
    fix: `Use one of the formats ${predictionFormats.join(", ")}.`,
  });
}
