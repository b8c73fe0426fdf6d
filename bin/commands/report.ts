import type { Command } from "commander";
import type { TestTimeTransformName } from "../../lib/addon/contract.js";
import { scoresTable } from "../../lib/evaluate/summary.js";
import { writeReport } from "../../lib/report/report.js";
import { visible } from "../../lib/system/visible.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addDataOptions, type DataFlags, dataOptionsOf } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { wholeNumber } from "../cli/numbers.js";
import { colors, print } from "../cli/output.js";
import { progress } from "../cli/progress.js";
import { ttaTransformsOption } from "../cli/tta.js";

interface Options extends Shared, DataFlags {
  data?: string;
  output?: string;
  images?: number;
  tta?: boolean;
  ttaTransforms?: TestTimeTransformName[];
  device?: string;
  precision?: "fp32" | "bf16" | "fp16";
  threads?: number;
  force?: boolean;
}

export function reportCommand(): Command {
  return addDataOptions(
    command("report", "write a page about a run: curves, scores, pictures, and where the network fails", [
      "acinus report runs/a",
      "acinus report runs/a --data data/val --tta",
    ]),
  )
    .argument("<run>", "run folder")
    .option("--data <folder>", "where the validation images are (default: where they were when the run began)")
    .option("-o, --output <folder>", "where index.html and its tables go (default: report in the run folder)")
    .option("--images <n>", "most pictures of whole images (default 100, which keeps the page below 10 MB)", wholeNumber)
    .option("--tta", "average over seven flips and rotations; seven times the work")
    .addOption(ttaTransformsOption())
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .option("--force", "replace files in the way that acinus did not write, or that were changed since")
    .action((run: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { data, output, images, tta, ttaTransforms, precision, force } = options;
        useThreads(options.threads);
        const bar = progress("Looking at the images");
        let begun = false;
        const onProgress = (done: number, total: number) => {
          if (!begun) bar.start(total, done);
          begun = true;
          bar.update(done);
        };
        const reading = dataOptionsOf(options);
        const device = pickDevice(options.device);
        const report = await writeReport(run, {
          ...{ data, output, images, precision, force, device, reading, signal, onProgress },
          tta: ttaTransforms ?? tta,
        }).finally(() => bar.stop());
        const { evaluation, page, files, alerts } = report;
        print(json, { run, page, files, alerts, dice: evaluation?.diceWithCells ?? null }, () =>
          [
            ...(evaluation ? [scoresTable(evaluation)] : []),
            ...(alerts.length > 0 ? [alerts.map((text) => `! ${text}`).join("\n")] : []),
            `Open ${visible(page)}`,
            colors.dim(`Beside it: ${files.map(visible).join(", ")}`),
          ].join("\n\n"),
        );
        return 0;
      }),
    );
}
