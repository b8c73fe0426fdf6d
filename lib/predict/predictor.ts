import { checkModel, type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import {
  type PredictorConfig,
  type PredictorOptions,
  predictorOptionsSchema,
  testTimeTransformsOf,
} from "../config/inference.js";
import { parseConfig } from "../config/parse.js";
import { type DecodeOptions, decodeImage } from "../dataset/decode.js";
import { AcinusError } from "../errors.js";
import { checkArray, checkObject, checkOptions, checkPath } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import { Prediction } from "./prediction.js";

/** An image in memory: interleaved RGB bytes, height · width · 3. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Of an image file, `channels`, `plane` and `orientation` say what of it is seen. */
export interface PredictCallOptions extends DecodeOptions {
  signal?: AbortSignal;
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
    this.config = parseConfig(predictorOptionsSchema, options, "predictor");
  }

  /**
   * @param image a file (PNG, TIFF, JPEG, WebP) or pixels.
   * @throws DataError when the file is missing or unreadable; `signal.reason` after an abort.
   */
  async predict(image: string | Pixels, options: PredictCallOptions = {}): Promise<Prediction> {
    checkOptions(options, "options", ["signal", "onProgress", "channels", "plane", "orientation"]);
    const { signal, onProgress = () => undefined } = options;
    signal?.throwIfAborted();
    const { data, height, width } = typeof image === "string" ? await decodeImage(checkedPath(image), options) : checked(image);
    const { tta, tile, overlap, precision, batch, threshold } = this.config;
    const nativeOptions = { tta: testTimeTransformsOf(tta), tile, overlap, precision, batch, threshold };
    const found = await settle(
      () => native().predict(this.model[segmenterHandle], data, height, width, nativeOptions, onProgress),
      signal,
    );
    return new Prediction(found, { height, width, threshold, source: typeof image === "string" ? image : undefined });
  }
}

function checked(image: Pixels): Pixels {
  checkObject(image, "image", "a path, or pixels as { data, height, width }", ["data", "height", "width"]);
  const { data, height, width } = image;
  checkWhole(height, "image.height", 1);
  checkWhole(width, "image.width", 1);
  checkArray(data, "image.data", "Uint8Array");
  if (data.length === height * width * 3) return image;
  const message = `${data.length} bytes are no RGB image of ${height}×${width}: that takes ${height * width * 3}.`;
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, {
    value: { length: data.length, height, width },
    fix: "Give interleaved RGB bytes in a Uint8Array.",
  });
}

function checkedPath(image: string): string {
  checkPath(image, "image");
  return image;
}
