import { isLarge } from "../dataset/image-rows.js";
import type { PredictionFolder } from "./prediction-folder.js";
import type { Predictor, StripCallOptions } from "./predictor.js";
import { stripFormats } from "./strip-files.js";

/** What was written of one image. */
export interface WrittenPrediction {
  readonly cells: number;
  /** Pixels in cells, of all pixels. */
  readonly cellPixelShare: number;
  readonly files: string[];
  /** Tiles that were not predicted (`emptyContrast`). */
  readonly emptyTiles?: number;
}

/**
 * Predicts an image file and writes its results: at once where the image is small, otherwise in strips, so that it may be larger than the memory.
 * @throws what `Predictor.predict` and `PredictionFolder.add` throw.
 */
export async function predictInto(
  folder: PredictionFolder,
  predictor: Predictor,
  image: string,
  options: StripCallOptions = {},
): Promise<WrittenPrediction> {
  const { level, ...callOptions } = options;
  const strips: readonly string[] = stripFormats;
  if (level || (folder.formats.every((format) => strips.includes(format)) && (await isLarge(image, options)))) {
    const prediction = await predictor.strips(image, options);
    const written = await folder.addStrips(image, prediction, options.signal);
    return { ...written, emptyTiles: prediction.skipped };
  }
  const prediction = await predictor.predict(image, callOptions);
  const files = await folder.add(image, prediction, { signal: options.signal });
  const area = prediction.instances.reduce((sum, instance) => sum + instance.area, 0);
  return { cells: prediction.instances.length, cellPixelShare: area / (prediction.height * prediction.width), files };
}
