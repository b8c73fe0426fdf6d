import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TestTimeTransformName } from "../../lib/addon/contract.js";
import { findImages } from "../../lib/dataset/pairs.js";
import { DataError } from "../../lib/errors.js";
import { Model } from "../../lib/model/model.js";
import { type PredictionFormat, predictionFormats } from "../../lib/predict/prediction.js";
import { PredictionFolder } from "../../lib/predict/prediction-folder.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { visible } from "../../lib/system/visible.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addImageOptions, type ImageFlags } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { aboveZero, wholeNumber } from "../cli/numbers.js";
import { print, say } from "../cli/output.js";
import { describeProblem, reportProblems } from "../cli/problems.js";
import { progress } from "../cli/progress.js";
import { addSeparationOptions, type SeparationFlags, separationOf } from "../cli/separation.js";
import { ttaTransformsOption } from "../cli/tta.js";

interface Options extends Shared, ImageFlags, SeparationFlags {
  output: string;
  tta?: boolean;
  ttaTransforms?: TestTimeTransformName[];
  tile?: number;
  overlap?: number;
  pixelSize?: number;
  format: PredictionFormat[];
  device?: string;
  precision?: "fp32" | "bf16" | "fp16";
  threads?: number;
}

const formatHelp = [
  "with commas between: png (mask of 0 and 255), prob (probabilities as grey), labels (one grey value per cell, TIFF),",
  "geojson (outlines and measurements for QuPath), imagej (outlines as a zip for the ROI Manager),",
  "overlay (outlines drawn on the image), coco (one coco.json for all images, masks as run lengths),",
  "csv (one cells.csv for all images, a row per cell)",
].join(" ");

const shownNames = 3;

export function predictCommand(): Command {
  const predict = addImageOptions(
    command("predict", "find cells in images: masks, probabilities, labels or outlines", [
      "acinus predict runs/a slide.png -o predictions",
      "acinus predict runs/a data/val/images -o predictions --tta --tile 512 --format geojson,imagej,coco,csv",
    ]),
  )
    .argument("<run>", "run folder, or a .safetensors file")
    .argument("<input>", "an image, or a folder of images")
    .requiredOption("-o, --output <folder>", "folder for the results; made where missing")
    .option("--tta", "average over seven flips and rotations; seven times the work")
    .addOption(ttaTransformsOption())
    .option("--tile <pixels>", "side of the tiles of large images; 0 takes every image whole (default 1024)", wholeNumber)
    .option("--overlap <pixels>", "what neighbouring tiles share (default an eighth)", wholeNumber)
    .option("--pixel-size <um>", "µm per pixel, for measurements (default: what the file says)", aboveZero)
    .addOption(new Option("--format <list>", formatHelp).argParser(formats).default(["png"], "png"))
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .action((run: string, input: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { tta, ttaTransforms, threshold, tile, overlap, precision, output } = options;
        const { channels, plane, orientation } = options;
        const { weights } = await findWeights(run);
        const images = await findImages(input, (results) =>
          say(`${results} result${results === 1 ? "" : "s"} of earlier predictions in ${visible(input)} passed over.`),
        );
        const folder = new PredictionFolder(output, options.format, images);
        const renamed = await folder.plan();
        for (const { image, name } of renamed.slice(0, shownNames)) {
          say(`The name of ${visible(image)} is taken in ${visible(output)}: its results begin with ${visible(name)}.`);
        }
        if (renamed.length > shownNames) say(`… and so for ${renamed.length - shownNames} more images.`);
        useThreads(options.threads);
        using model = await Model.load(weights, { device: pickDevice(options.device), signal });
        const predictor = new Predictor(model, {
          ...{ tta: ttaTransforms ?? tta, threshold, tile, overlap, precision },
          separation: separationOf(options, model.cells),
        });
        const problems: DataError[] = [];
        const results: { image: string; cells: number; cellPixelShare: number; files: string[] }[] = [];
        const bar = progress("Predicting");
        bar.start(images.length);
        try {
          for (const [i, image] of images.entries()) {
            const prediction = await predictor
              .predict(image, { signal, pixelSize: options.pixelSize, channels, plane, orientation })
              .catch((error: unknown) => {
                // One file that cannot be read is named; all others are done.
                if (images.length === 1 || !(error instanceof DataError)) throw error;
                problems.push(error);
              });
            bar.update(i + 1, visible(basename(image)));
            if (!prediction) continue;
            const files = await folder.add(image, prediction, { signal });
            const { instances, height, width } = prediction;
            const covered = instances.reduce((sum, { area }) => sum + area, 0) / (height * width);
            results.push({ image, cells: instances.length, cellPixelShare: covered, files });
          }
        } catch (error) {
          bar.stop();
          if (results.length > 0) {
            await folder.finish().catch(() => undefined); // the error that stopped it says more
            say(`${results.length} of ${images.length} images were written to ${output} before this.`);
          }
          throw error;
        } finally {
          bar.stop();
        }
        reportProblems(problems, json);
        print(
          json,
          { weights, output, images: results, problems: problems.map(describeProblem), files: await folder.finish() },
          () => {
            const cells = results.reduce((sum, result) => sum + result.cells, 0);
            return `Wrote ${results.length} image${results.length === 1 ? "" : "s"} with ${cells} cells to ${visible(output)}.`;
          },
        );
        return problems.length > 0 ? 1 : 0;
      }),
    );
  return addSeparationOptions(predict);
}

function formats(text: string): PredictionFormat[] {
  return text.split(",").map((word) => {
    const format = predictionFormats.find((known) => known === word.trim());
    if (format) return format;
    throw new InvalidArgumentError(`"${word}" is none of ${predictionFormats.join(", ")}.`);
  });
}
