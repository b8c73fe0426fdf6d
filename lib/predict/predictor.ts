import type { NativePredictOptions } from "../addon/contract.js";
import { checkModel, checkNetworks, networksOf, segmenterHandle, type TrainedModel } from "../addon/handles.js";
import { call, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { withRule } from "../config/cells.js";
import {
  type PredictorConfig,
  type PredictorOptions,
  predictorOptionsSchema,
  testTimeTransformsOf,
} from "../config/inference.js";
import { memoryAdvice } from "../config/memory-advice.js";
import { parseConfig } from "../config/parse.js";
import { filePixelSize, type ImageRows, isLarge, type LevelOptions, openRows, wholeRows } from "../dataset/image-rows.js";
import { describeScale, scaleTo } from "../dataset/pixel-size.js";
import { checkTiles, scaled } from "../dataset/tiles.js";
import { ConfigError } from "../errors.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import { cellMapOf, checkPixelSize, checkPixels, type Pixels } from "./cell-map.js";
import { type ImageFileOptions, ImageFiles, imageFileOptions, seenAs } from "./image-files.js";
import { Prediction } from "./prediction.js";
import { StripPrediction } from "./strip-prediction.js";
import type { Uncertainty, UncertaintyOptions } from "./uncertainty.js";

export type { Pixels };

export interface PredictCallOptions extends ImageFileOptions {
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** µm per pixel, for measurements. Default: what the file says. */
  pixelSize?: number;
  /** After each batch of tiles. */
  onProgress?: (done: number, total: number) => void;
}

export interface StripCallOptions extends PredictCallOptions, LevelOptions {}

const uncertaintyOptions = [...imageFileOptions, "signal", "onProgress", "passes", "seed", "keep"];
const callOptions = [...imageFileOptions, "signal", "onProgress", "pixelSize"];

/** Finds cells in images of any size with a trained model. */
export class Predictor {
  /** What predicts. */
  readonly model: TrainedModel;
  /** The options with all defaults. */
  readonly config: PredictorConfig;
  readonly #files = new ImageFiles();

  /** @throws ConfigError ACINUS_CONFIG on unknown or impossible options. */
  constructor(model: TrainedModel, options: PredictorOptions = {}) {
    checkNetworks(model);
    this.model = model;
    this.config = withRule(parseConfig(predictorOptionsSchema, options, "predictor"), model.cells);
  }

  /**
   * @param image a file (PNG, TIFF, JPEG, WebP) or pixels.
   * @throws DataError when the file is missing or unreadable; ConfigError where tile and overlap make absurd work of it; `signal.reason` after an
   * abort.
   */
  async predict(image: string | Pixels, options: PredictCallOptions = {}): Promise<Prediction> {
    checkOptions(options, "options", callOptions);
    const { signal, onProgress = () => undefined } = options;
    signal?.throwIfAborted();
    if (options.pixelSize !== undefined) checkPixelSize(options.pixelSize);
    const decoded: Pixels & { pixelSize?: number } =
      typeof image === "string" ? await this.#files.read(checkedPath(image), this.model, options) : checkPixels(image);
    const { data, height, width } = decoded;
    const { pixelSize = decoded.pixelSize } = options;
    const { threshold, separation } = this.config;
    const source = typeof image === "string" ? image : undefined;
    const scale = this.#scale(pixelSize, source ?? "the image", options.onNote);
    checkTiles(scaled({ height, width }, scale), this.config, source ?? "the image");
    const map = await cellMapOf({ height, width }, { rgb: data }, signal);
    const asked = { ...this.#native, scale };
    const measures = await settle(
      () => native().predict(networksOf(this.model), map, asked, onProgress),
      signal,
      memoryAdvice.predict,
    );
    return new Prediction(map, measures, { height, width, threshold, separation, source, pixelSize });
  }

  /**
   * How sure the network is, by passes that each leave out other feature maps (MC dropout): the model must have a `dropout`. BatchNorm is at
   * rest, and one pass is one network for all tiles and test-time transforms.
   * @throws ConfigError ACINUS_CONFIG without dropout; as `predict`.
   */
  async uncertainty(image: string | Pixels, options: UncertaintyOptions = {}): Promise<Uncertainty> {
    const { model } = this;
    checkModel(model); // an ensemble has no passes of its own
    checkOptions(options, "options", uncertaintyOptions);
    const { signal, passes = 20, seed = 0, keep = false, onProgress = () => undefined } = options;
    signal?.throwIfAborted();
    checkWhole(passes, "options.passes", 1);
    checkWhole(seed, "options.seed", 0);
    check(typeof keep === "boolean", keep, "options.keep", "true or false");
    const { data, height, width } =
      typeof image === "string" ? await this.#files.read(checkedPath(image), this.model, options) : checkPixels(image);
    checkTiles({ height, width }, this.config, typeof image === "string" ? image : "the image");
    const asked = { ...this.#native, passes, seed, keep };
    const { passes: kept, ...found } = await settle(
      () => native().stochasticPasses(model[segmenterHandle], data, height, width, asked, onProgress),
      signal,
    );
    return { height, width, ...found, ...(kept ? { passes: kept } : {}) };
  }

  /**
   * Opens an image of any size and gives its probabilities strip by strip, so that neither they nor the image are in memory whole:
   * `for await (const { top, rows, probability } of await predictor.strips("slide.tif")) …`
   * @throws as `predict`.
   */
  async strips(image: string | Pixels, options: StripCallOptions = {}): Promise<StripPrediction> {
    checkOptions(options, "options", [...callOptions, "level"]);
    const { signal, onProgress, pixelSize, level } = options;
    if (pixelSize !== undefined) checkPixelSize(pixelSize);
    if (level !== undefined) checkWhole(level, "options.level", 0);
    const source = typeof image === "string" ? checkedPath(image) : undefined;
    const rows = typeof image === "string" ? await this.#rows(image, options) : wholeRows(checkPixels(image));
    try {
      const { height, width } = rows;
      if (this.config.crf) throw fieldInStrips(source);
      const own = pixelSize ?? rows.pixelSize;
      const scale = this.#scale(own, source ?? "the image", options.onNote);
      const seen = scale === 1 ? undefined : scaled({ height, width }, scale);
      checkTiles(seen ?? rows, this.config, source ?? "the image");
      const asked = { ...this.#native, scale };
      const strips = call(() => new (native().StripPredictor)(networksOf(this.model), height, width, asked));
      const { threshold, separation } = this.config;
      const about = { rule: { threshold, separation }, source, pixelSize: own, seen };
      return new StripPrediction(strips, rows, about, { signal, onProgress });
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  /** A large image is mapped by what its own rows hold, a small one with those that it belongs to. */
  async #rows(path: string, options: StripCallOptions): Promise<ImageRows> {
    const { level, signal, onNote = () => undefined } = options;
    if (!(await isLarge(path, { level }))) return wholeRows(await this.#files.read(path, this.model, options));
    const rows = await openRows(path, { ...seenAs(this.model, options), level, signal });
    for (const note of rows.notes) onNote(note);
    return rows;
  }

  /** What the network sees this image file enlarged by, from its header alone; 1 where it is seen as it is. */
  async scaleOf(path: string, { pixelSize, level }: Pick<StripCallOptions, "pixelSize" | "level"> = {}): Promise<number> {
    checkPath(path, "path");
    if (!this.config.rescale || this.model.pixelSize === undefined) return 1;
    return this.#scale(pixelSize ?? (await filePixelSize(path, { level })), path);
  }

  #scale(own: number | undefined, image: string, onNote?: (note: string) => void): number {
    const { pixelSize } = this.model;
    const scale = this.config.rescale ? scaleTo(pixelSize, own, image) : 1;
    if (scale !== 1) onNote?.(describeScale(pixelSize as number, own as number));
    return scale;
  }

  get #native(): NativePredictOptions {
    return { ...this.config, tta: testTimeTransformsOf(this.config.tta), scale: 1 };
  }
}

function fieldInStrips(file: string | undefined): ConfigError {
  return new ConfigError(
    "ACINUS_CONFIG",
    `The random field needs ${file ?? "the image"} as a whole, and it is taken in strips.`,
    {
      ...(file === undefined ? {} : { file }),
      fix: "Leave the field out for this image: crf: false (--crf off).",
    },
  );
}

function checkedPath(image: string): string {
  checkPath(image, "image");
  return image;
}
