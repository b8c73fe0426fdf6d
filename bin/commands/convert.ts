import { type Command, Option } from "commander";
import { type Converted, convert } from "../../lib/dataset/convert.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addDataOptions, type DataFlags, dataOptionsOf, layoutHelp } from "../cli/data-options.js";
import { print } from "../cli/output.js";
import { describeProblem, reportProblems } from "../cli/problems.js";
import { progress } from "../cli/progress.js";

interface Options extends Shared, DataFlags {
  output: string;
  to?: "masks" | "labels";
}

export function convertCommand(): Command {
  return addDataOptions(
    command("convert", "write a data set of any layout as images/ with masks/ or labels/", [
      "acinus convert data/monuseg -o data/plain",
      "acinus convert data/pannuke -o data/tumour --classes Neoplastic --to masks",
    ]),
  )
    .argument("<data>", "a data set in any of the layouts below")
    .requiredOption("-o, --output <folder>", "folder to write; new or empty")
    .addOption(
      new Option(
        "--to <kind>",
        "masks of 0 and 255, or labels, one number a cell (default: labels where the data has them)",
      ).choices(["masks", "labels"]),
    )
    .addHelpText("after", layoutHelp)
    .action((data: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const bar = progress(`Converting ${data}`);
        const onProgress = (done: number, total: number) => (done === 1 ? bar.start(total, done) : bar.update(done));
        const { output, to } = options;
        const result = await convert(data, output, { ...dataOptionsOf(options), to, signal, onProgress }).finally(() =>
          bar.stop(),
        );
        const { problems } = result;
        reportProblems(problems, json);
        print(json, toDocument(result), () => describe(data, result));
        return problems.length > 0 ? 1 : 0;
      }),
    );
}

function toDocument({ problems, ...result }: Converted) {
  return { ...result, problems: problems.map(describeProblem) };
}

function describe(data: string, { layout, to, output, images, ignore, problems }: Converted): string {
  const left = problems.length > 0 ? ` ${problems.length} problems are named above.` : "";
  const ignored =
    ignore === undefined ? "" : `\nPixels to be ignored have the value ${ignore}: read them with --ignore ${ignore}.`;
  return `${data} was read as ${layout.description}.\nWrote ${images.length} image${images.length === 1 ? "" : "s"} with ${to} to ${output}.${left}${ignored}`;
}
