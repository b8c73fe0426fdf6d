import type { PredictionFolder } from "./prediction-folder.js";
import type { PredictCallOptions, Predictor } from "./predictor.js";

/** What was written of one image. */
export interface WrittenPrediction {
  readonly cells: number;
  /** Pixels in cells, of all pixels. */
  readonly cellPixelShare: number;
  readonly files: string[];
}

/** Predicts an image file and writes its results. @throws what `Predictor.predict` and `PredictionFolder.add` throw. */
export async function predictInto(
  folder: PredictionFolder,
  predictor: Predictor,
  image: string,
  options: PredictCallOptions = {},
): Promise<WrittenPrediction> {
  const prediction = await predictor.predict(image, options);
  const files = await folder.add(image, prediction, { signal: options.signal });
  const area = prediction.instances.reduce((sum, instance) => sum + instance.area, 0);
  return { cells: prediction.instances.length, cellPixelShare: area / (prediction.height * prediction.width), files };
}
