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
import { AcinusError } from "../errors.js";
import { checkArray, checkObject, checkOptions, checkPath } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import { cellMapOf, type Pixels } from "./cell-map.js";
import { Prediction } from "./prediction.js";

export type { Pixels };

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
    this.config = withRule(parseConfig(predictorOptionsSchema, options, "predictor"), model.cells);
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
    const { tta, tile, overlap, precision, batch, threshold, separation } = this.config;
    const nativeOptions = { tta: testTimeTransformsOf(tta), tile, overlap, precision, batch, threshold, separation };
    const map = await cellMapOf({ height, width }, { rgb: data }, signal);
    const measures = await settle(() => native().predict(this.model[segmenterHandle], map, nativeOptions, onProgress), signal);
    const source = typeof image === "string" ? image : undefined;
    return new Prediction(map, measures, { height, width, threshold, separation, source });
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
