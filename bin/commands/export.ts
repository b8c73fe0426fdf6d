import { type Command, Option } from "commander";
import { type ExportFormatName, exportFormats, exportModel, formatOf } from "../../lib/export/index.js";
import { Model } from "../../lib/model/model.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { command, perform, type Shared } from "../cli/command.js";
import { share } from "../cli/numbers.js";
import { print } from "../cli/output.js";

interface Options extends Shared {
  output: string;
  format?: ExportFormatName;
  projection?: "inside" | "beside";
  pixels?: "uint8" | "float32";
  foldBatchNorm?: boolean;
  threshold?: number;
  force?: boolean;
}

export function exportCommand(): Command {
  const names = Object.keys(exportFormats) as ExportFormatName[];
  return command("export", "write a trained network for other programs", [
    "acinus export runs/a -o best.safetensors --projection beside",
    "acinus export runs/a -o best.pth",
    "acinus export runs/a -o best.onnx --pixels",
  ])
    .argument("<run>", "run folder, or a .safetensors file that acinus wrote")
    .requiredOption("-o, --output <file>", "file to write; its ending tells the format")
    .addOption(new Option("--format <name>", "format of the file, whatever its ending").choices(names))
    .addOption(
      new Option(
        "--projection <place>",
        "safetensors, pth: the input projection in the file (default), or in one beside it",
      ).choices(["inside", "beside"]),
    )
    .addOption(
      new Option(
        "--pixels [type]",
        "onnx: RGB of 0 to 255 in and probability out, as uint8 (default) or float32; without it, normalised input and logits",
      )
        .choices(["uint8", "float32"])
        .preset("uint8"),
    )
    .option("--fold-batch-norm", "onnx: multiply batch normalisation into the convolutions")
    .option("--threshold <p>", "onnx: note in the file that a pixel is a cell from this probability on (default 0.5)", share)
    .option("--force", "replace the file given with -o although acinus did not write it, or it was changed since")
    .action((run: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { output, projection, pixels, foldBatchNorm, threshold, force } = options;
        const format = options.format ?? formatOf(output);
        const { weights } = await findWeights(run);
        using model = await Model.load(weights, { signal });
        const files = await exportModel(model, output, {
          ...{ format, projection, pixels, foldBatchNorm, threshold, force, inputs: [weights], signal },
        });
        print(json, { weights, format, files, model: model.config }, () => files.map((file) => `Wrote ${file}.`).join("\n"));
        return 0;
      }),
    );
}
