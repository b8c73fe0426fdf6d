import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TestTimeTransformName } from "../../lib/addon/contract.js";
import { countTiles, glassContrast } from "../../lib/dataset/tiles.js";
import { DataError } from "../../lib/errors.js";
import { Model } from "../../lib/model/model.js";
import { predictInto, type WrittenPrediction } from "../../lib/predict/predict-into.js";
import { type PredictionFormat, predictionFormats } from "../../lib/predict/prediction.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { visible } from "../../lib/system/visible.js";
import { command, perform, type Shared } from "../cli/command.js";
import { type CrfFlag, crfOption } from "../cli/crf.js";
import { addImageOptions, type ImageFlags } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { aboveZero, wholeNumber } from "../cli/numbers.js";
import { print, say } from "../cli/output.js";
import { counted, type PlanOptions, planPrediction } from "../cli/predict-plan.js";
import { describeProblem, reportProblems } from "../cli/problems.js";
import { progress } from "../cli/progress.js";
import { addSeparationOptions, type SeparationFlags, separationOf } from "../cli/separation.js";
import { ttaTransformsOption } from "../cli/tta.js";

interface Options extends Shared, ImageFlags, SeparationFlags, PlanOptions {
  skipEmpty?: boolean;
  level?: number;
  tta?: boolean;
  ttaTransforms?: TestTimeTransformName[];
  crf?: CrfFlag;
  tile?: number;
  overlap?: number;
  pixelSize?: number;
  rescale?: boolean;
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

const skipEmptyHelp =
  "leave out tiles without tissue: those in which the means of 8×8 px blocks differ by less than 10 grey levels in every channel";

export function predictCommand(): Command {
  const predict = addImageOptions(
    command("predict", "find cells in images: masks, probabilities, labels or outlines", [
      "acinus predict runs/a slide.png -o predictions",
      "acinus predict runs/a slides -r --skip-existing --skip-empty --tile 512 -o predictions",
      "acinus predict runs/a data/val/images -o predictions --tta --tile 512 --format geojson,imagej,coco,csv",
    ]),
  )
    .argument("<run>", "run folder, or a .safetensors file")
    .argument("<input...>", 'images, folders of images, or patterns in quotes ("slides/**/*.tif")')
    .requiredOption("-o, --output <folder>", "folder for the results; made where missing")
    .option("-r, --recursive", "folders with all that is below them; results lie in the same folders below the output")
    .option("--skip-existing", "leave out images whose results are there and not older than the image")
    .option("--tta", "average over seven flips and rotations; seven times the work")
    .addOption(ttaTransformsOption())
    .addOption(crfOption())
    .option("--tile <pixels>", "side of the tiles of large images; 0 takes every image whole (default 1024)", wholeNumber)
    .option("--overlap <pixels>", "what neighbouring tiles share (default an eighth)", wholeNumber)
    .option("--pixel-size <um>", "µm per pixel (default: what the file says)", aboveZero)
    .option("--no-rescale", "see images as they are, where their pixels have another size than the training's")
    .option("--level <n>", "of pyramids (TIFF, SVS): which resolution, 0 for the full one (default 0)", wholeNumber)
    .option("--skip-empty", skipEmptyHelp)
    .addOption(new Option("--format <list>", formatHelp).argParser(formats).default(["png"], "png"))
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .action((run: string, inputs: string[], options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { tta, ttaTransforms, threshold, tile, overlap, precision, output, rescale } = options;
        const { channels, plane, orientation, level, intensity, nan } = options;
        const decoding = { channels, plane, orientation, level };
        const { pixelSize } = options;
        const { weights } = await findWeights(run);
        const { tree, images, done } = await planPrediction(inputs, options);
        useThreads(options.threads);
        using model = await Model.load(weights, { device: pickDevice(options.device), signal });
        const emptyContrast = options.skipEmpty ? glassContrast : 0;
        const predictor = new Predictor(model, {
          ...{ tta: ttaTransforms ?? tta, threshold, tile, overlap, emptyContrast, precision, rescale },
          ...{ separation: separationOf(options, model.cells), crf: options.crf },
        });
        const tiles = await countTiles(images, predictor.config, decoding, (image) =>
          predictor.scaleOf(image, { pixelSize, level }),
        );
        const problems: DataError[] = [];
        const told = new Set<string>();
        const onNote = (note: string) => void told.add(note);
        const results: ({ image: string } & WrittenPrediction)[] = [];
        const bar = progress("Predicting");
        bar.start(tiles.reduce((sum, count) => sum + count, 0));
        let before = 0;
        try {
          for (const [i, image] of images.entries()) {
            const name = `${visible(basename(image))} (${i + 1} of ${images.length})`;
            const onProgress = (count: number) => bar.update(before + count, name);
            bar.update(before, name);
            const about = { signal, onProgress, pixelSize, ...decoding, intensity, nan, among: images, onNote };
            const found = await predictInto(tree.folderOf(image), predictor, image, about).catch((error: unknown) => {
              // One file that cannot be read is named; all others are done.
              if (images.length === 1 || !(error instanceof DataError)) throw error;
              problems.push(error);
            });
            before += tiles[i] as number;
            if (found) results.push({ image, ...found });
          }
        } catch (error) {
          bar.stop();
          if (results.length > 0) {
            await tree.finish().catch(() => undefined); // the error that stopped it says more
            say(`${results.length} of ${images.length} images were written to ${output} before this.`);
          }
          throw error;
        } finally {
          bar.stop();
        }
        reportProblems(problems, json);
        const notes = [...told];
        for (const note of notes) say(note);
        const answer = { weights, output, images: results, skipped: done, notes, problems: problems.map(describeProblem) };
        print(json, { ...answer, files: await tree.finish() }, () => {
          const cells = results.reduce((sum, result) => sum + result.cells, 0);
          const empty = results.reduce((sum, result) => sum + (result.emptyTiles ?? 0), 0);
          const left = empty > 0 ? ` ${empty} tiles were empty and left out.` : "";
          return `Wrote ${counted(results.length, "image")} with ${counted(cells, "cell")} to ${visible(output)}.${left}`;
        });
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
