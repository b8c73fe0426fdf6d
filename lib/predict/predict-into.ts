import { isLarge } from "../dataset/image-rows.js";
import { check, checkObject, checkPath, isPlain } from "../system/arguments.js";
import { PredictionFolder } from "./prediction-folder.js";
import type { Predictor, StripCallOptions } from "./predictor.js";

/** What was written of one image. */
export interface WrittenPrediction {
  /** Number of cells. */
  readonly cells: number;
  /** Pixels in cells, of all pixels. */
  readonly cellPixelShare: number;
  /** Paths of all that was written. */
  readonly files: string[];
  /** Tiles that were not predicted (`emptyContrast`). */
  readonly emptyTiles?: number;
}

/**
 * Predicts an image file and writes its results: at once where the image is small, otherwise in strips, so that it may be larger than the memory.
 * What `acinus predict` does, in a script:
 *
 *     const images = await findInputs(["slides"], { recursive: true });
 *     const results = new PredictionTree("out", ["png", "geojson"], images);
 *     await results.plan();
 *     for (const { image } of images) await predictInto(results.folderOf(image), predictor, image);
 *     await results.finish();
 *
 * @throws what `Predictor.predict` and `PredictionFolder.add` throw.
 */
export async function predictInto(
  folder: PredictionFolder,
  predictor: Predictor,
  image: string,
  options: StripCallOptions = {},
): Promise<WrittenPrediction> {
  check(folder instanceof PredictionFolder, folder, "folder", "a PredictionFolder");
  checkObject(predictor, "predictor", "a Predictor", ["predict", "strips"]);
  checkPath(image, "image");
  check(isPlain(options), options, "options", "an object of options");
  const { level, ...callOptions } = options;
  const large = await isLarge(image, options);
  if (level || large) {
    const prediction = await predictor.strips(image, options);
    const written = await folder.addStrips(image, prediction, options.signal);
    return { ...written, emptyTiles: prediction.skipped };
  }
  const prediction = await predictor.predict(image, callOptions);
  const files = await folder.add(image, prediction, { signal: options.signal });
  const area = prediction.instances.reduce((sum, instance) => sum + instance.area, 0);
  return { cells: prediction.instances.length, cellPixelShare: area / (prediction.height * prediction.width), files };
}
