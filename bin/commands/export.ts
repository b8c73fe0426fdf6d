import { type Command, Option } from "commander";
import { type ExportFormatName, exportFormats, exportModel, formatOf } from "../../lib/export/index.js";
import { Model } from "../../lib/model.js";
import { findWeights } from "../../lib/weights.js";
import { command, perform, type Shared } from "../cli/command.js";
import { print } from "../cli/output.js";

interface Options extends Shared {
  output: string;
  format?: ExportFormatName;
  projection: "inside" | "beside";
}

export function exportCommand(): Command {
  const names = Object.keys(exportFormats) as ExportFormatName[];
  return command("export", "write a trained network for other programs", [
    "acinus export runs/a -o best.safetensors --projection beside",
    "acinus export runs/a -o best.pth",
  ])
    .argument("<run>", "run folder, or a .safetensors file that acinus wrote")
    .requiredOption("-o, --output <file>", "file to write; its ending tells the format")
    .addOption(new Option("--format <name>", "format of the file, whatever its ending").choices(names))
    .addOption(
      new Option("--projection <place>", "weights: the input projection in the file, or in one beside it")
        .choices(["inside", "beside"])
        .default("inside"),
    )
    .action((run: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { output, projection } = options;
        const format = options.format ?? formatOf(output);
        const { weights } = await findWeights(run);
        using model = await Model.load(weights, { signal });
        const files = await exportModel(model, output, { format, projection, signal });
        print(json, { weights, format, files, model: model.config }, () => files.map((file) => `Wrote ${file}.`).join("\n"));
        return 0;
      }),
    );
}
