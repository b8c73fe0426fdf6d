import { checkModel, type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { withRule } from "../config/cells.js";
import {
  type PredictorConfig,
  type PredictorOptions,
  predictorOptionsSchema,
  testTimeTransformsOf,
} from "../config/inference.js";
import { parseConfig } from "../config/parse.js";
import { type DecodeOptions, decodeImage } from "../dataset/decode.js";
import { checkTiles } from "../dataset/tiles.js";
import { checkOptions, checkPath } from "../system/arguments.js";
import { cellMapOf, checkPixelSize, checkPixels, type Pixels } from "./cell-map.js";
import { Prediction } from "./prediction.js";

export type { Pixels };

/** Of an image file, `channels`, `plane` and `orientation` say what of it is seen. */
export interface PredictCallOptions extends DecodeOptions {
  signal?: AbortSignal;
  /** µm per pixel, for measurements. Default: what the file says. */
  pixelSize?: number;
  /** After each batch of tiles. */
  onProgress?: (done: number, total: number) => void;
}

/** Finds cells in images of any size with a trained model. */
export class Predictor {
  readonly model: SegmenterHolder;
  /** The options with all defaults. */
  readonly config: PredictorConfig;

  /** @throws ConfigError ACINUS_CONFIG on unknown or impossible options. */
  constructor(model: SegmenterHolder, options: PredictorOptions = {}) {
    checkModel(model);
    this.model = model;
    this.config = withRule(parseConfig(predictorOptionsSchema, options, "predictor"), model.cells);
  }

  /**
   * @param image a file (PNG, TIFF, JPEG, WebP) or pixels.
   * @throws DataError when the file is missing or unreadable; ConfigError where tile and overlap make absurd work of it; `signal.reason` after an
   * abort.
   */
  async predict(image: string | Pixels, options: PredictCallOptions = {}): Promise<Prediction> {
    checkOptions(options, "options", ["signal", "onProgress", "pixelSize", "channels", "plane", "orientation"]);
    const { signal, onProgress = () => undefined } = options;
    signal?.throwIfAborted();
    if (options.pixelSize !== undefined) checkPixelSize(options.pixelSize);
    const decoded: Pixels & { pixelSize?: number } =
      typeof image === "string" ? await decodeImage(checkedPath(image), options) : checkPixels(image);
    const { data, height, width } = decoded;
    const { pixelSize = decoded.pixelSize } = options;
    const { tta, tile, overlap, precision, batch, threshold, separation } = this.config;
    const nativeOptions = { tta: testTimeTransformsOf(tta), tile, overlap, precision, batch, threshold, separation };
    checkTiles({ height, width }, this.config, typeof image === "string" ? image : "the image");
    const map = await cellMapOf({ height, width }, { rgb: data }, signal);
    const measures = await settle(() => native().predict(this.model[segmenterHandle], map, nativeOptions, onProgress), signal);
    const source = typeof image === "string" ? image : undefined;
    return new Prediction(map, measures, { height, width, threshold, separation, source, pixelSize });
  }
}

function checkedPath(image: string): string {
  checkPath(image, "image");
  return image;
}
