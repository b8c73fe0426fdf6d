import { basename } from "node:path";
import { type Command, Option } from "commander";
import { type Acquisition, acquisitions } from "../../lib/config/active.js";
import { findInputs } from "../../lib/dataset/inputs.js";
import { ConfigError } from "../../lib/errors.js";
import { Model } from "../../lib/model/model.js";
import { checkAcquiredFolder, writeAcquired } from "../../lib/predict/acquired-folder.js";
import { acquire } from "../../lib/predict/active-learning.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { visible } from "../../lib/system/visible.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addImageOptions, type ImageFlags } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { wholeNumber } from "../cli/numbers.js";
import { print, say } from "../cli/output.js";
import { counted } from "../cli/predict-plan.js";
import { progress } from "../cli/progress.js";

interface Options extends Shared, ImageFlags {
  output: string;
  count: number;
  by: Acquisition;
  passes: number;
  seed: number;
  recursive?: boolean;
  tile?: number;
  device?: string;
  precision?: "fp32" | "bf16" | "fp16";
  threads?: number;
}

const byHelp =
  "what images are ranked by: the mean predictive entropy, what the passes disagree about (mutual information), or chance, the control";

export function acquireCommand(): Command {
  return addImageOptions(
    command("acquire", "which images to annotate next: those of which a network with dropout is least sure", [
      "acinus acquire runs/active data/unlabelled -n 20 -o to-annotate",
      "acinus acquire runs/active data/unlabelled -n 20 --by bald --passes 30 -o to-annotate",
    ]),
  )
    .argument("<run>", "run folder, or a .safetensors file, of a network with dropout (--preset attention-unet-active)")
    .argument("<images...>", "images without masks, folders of them, or patterns in quotes")
    .requiredOption("-o, --output <folder>", "folder for copies of the images, maps of the uncertainty and acquired.csv")
    .option("-n, --count <n>", "how many images", wholeNumber, 20)
    .addOption(new Option("--by <what>", byHelp).choices(acquisitions).default("entropy"))
    .option("--passes <n>", "passes, each of which leaves out other feature maps", wholeNumber, 20)
    .option("--seed <n>", "of what is left out, and of chance", wholeNumber, 0)
    .option("-r, --recursive", "folders with all that is below them")
    .option("--tile <pixels>", "side of the tiles of large images; 0 takes every image whole (default 1024)", wholeNumber)
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .action((run: string, inputs: string[], options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { output, count, by, passes, seed, recursive, tile, precision } = options;
        const { channels, plane, orientation, intensity, nan } = options;
        const { weights } = await findWeights(run);
        await checkAcquiredFolder(output);
        const images = (await findInputs(inputs, { recursive })).map(({ image }) => image);
        useThreads(options.threads);
        using model = await Model.load(weights, { device: pickDevice(options.device), signal });
        if (by !== "random" && !model.config.dropout) throw withoutDropout(weights);
        const predictor = new Predictor(model, { tile, precision });
        const decoding = { channels, plane, orientation, intensity, nan };
        const bar = progress("Looking");
        bar.start(images.length);
        const onProgress = (done: number) => bar.update(done, visible(basename(images[done] ?? "")));
        const chosen = await acquire(predictor, images, {
          ...{ count, by, passes, seed, signal, onProgress, onNote: say },
          ...decoding,
        }).finally(() => bar.stop());
        const mapOf = async (image: string) => {
          const found = await predictor.uncertainty(image, { passes, seed, signal, among: images, ...decoding });
          return { ...found, values: by === "bald" ? found.bald : found.entropy };
        };
        const written = await writeAcquired(output, chosen, by === "random" ? undefined : mapOf);
        print(json, { weights, output, by, of: images.length, ...written }, () =>
          [
            ...written.images.map(({ rank, image, meanEntropy, meanBald }) => {
              const score = by === "bald" ? meanBald : meanEntropy;
              return `${String(rank).padStart(4)}  ${score === undefined ? "" : `${score.toFixed(4)}  `}${visible(image)}`;
            }),
            `Copied ${counted(written.images.length, "image")} of ${images.length} to ${visible(output)}.`,
          ].join("\n"),
        );
        return 0;
      }),
    );
}

function withoutDropout(weights: string): ConfigError {
  return new ConfigError("ACINUS_CONFIG", `The network in ${weights} has no dropout, so it cannot tell how sure it is.`, {
    file: weights,
    fix: "Train one with dropout: acinus train DATA -o RUN --preset attention-unet-active. Or draw images by chance: --by random.",
  });
}
