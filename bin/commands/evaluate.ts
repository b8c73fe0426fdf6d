import { type Command, Option } from "commander";
import type { TestTimeTransformName } from "../../lib/addon/contract.js";
import type { EmptyPolicy } from "../../lib/config/inference.js";
import type { AcinusError } from "../../lib/errors.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { requireSummary, scoresTable, summaryOf, worstTable, writeSummary } from "../../lib/evaluate/summary.js";
import { Model } from "../../lib/model/model.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addDataOptions, type DataFlags } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { share, wholeNumber } from "../cli/numbers.js";
import { colors, print } from "../cli/output.js";
import { describeProblem, reportProblems } from "../cli/problems.js";
import { progress } from "../cli/progress.js";
import { read } from "../cli/training-data.js";
import { ttaTransformsOption } from "../cli/tta.js";

interface Options extends Shared, DataFlags {
  tta?: boolean;
  ttaTransforms?: TestTimeTransformName[];
  threshold?: number;
  emptyPolicy?: keyof typeof policies;
  batch?: number;
  device?: string;
  precision?: "fp32" | "bf16" | "fp16";
  threads?: number;
}

export function evaluateCommand(): Command {
  return addDataOptions(
    command("evaluate", "score a trained network on images with masks; writes RUN/validation/summary.json", [
      "acinus evaluate runs/a data/val",
      "acinus evaluate runs/a data/val --tta --json",
    ]),
  )
    .argument("<run>", "run folder, or a .safetensors file (nothing is then written)")
    .argument("<data>", "a data set in any layout (acinus verify -h)")
    .option("--tta", "average over seven flips and rotations; seven times the work")
    .addOption(ttaTransformsOption())
    .option("--threshold <p>", "a pixel is a cell from this probability on (default 0.5)", share)
    .addOption(emptyPolicyOption())
    .option("--batch <n>", "images at a time (default 8)", wholeNumber)
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .action((run: string, data: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { tta, ttaTransforms, threshold, batch, precision } = options;
        const emptyPolicy = options.emptyPolicy && policies[options.emptyPolicy];
        const { weights, folder } = await findWeights(run);
        if (folder !== null) await requireSummary(folder);
        useThreads(options.threads);
        using model = await Model.load(weights, { device: pickDevice(options.device), signal });
        const evaluator = new Evaluator(model, { tta: ttaTransforms ?? tta, threshold, emptyPolicy, batch, precision });
        const problems: AcinusError[] = [];
        using dataset = await read(data, signal, options, undefined, (problem) => problems.push(problem));
        reportProblems(problems, json);
        const bar = progress("Evaluating");
        bar.start(dataset.length);
        const scores = await evaluator
          .evaluate(dataset, { signal, onProgress: (done) => bar.update(done) })
          .finally(() => bar.stop());
        const summary = folder === null ? null : await writeSummary(folder, scores, { data, weights });
        print(json, { ...summaryOf(scores, { data, weights, summary }), problems: problems.map(describeProblem) }, () => {
          const worst = `Worst images\n${worstTable(scores)}`;
          const written = summary === null ? [] : [colors.dim(`Written to ${summary}`)];
          return [scoresTable(scores), worst, ...written].join("\n\n");
        });
        return problems.length > 0 ? 1 : 0;
      }),
    );
}

const policies = { "1": 1, "0": 0, undefined: "undefined" } as const satisfies Record<string, EmptyPolicy>;

function emptyPolicyOption(): Option {
  const help = "what an empty prediction on an image without cells scores; undefined is counted and left out (default 1)";
  return new Option("--empty-policy <score>", help).choices(Object.keys(policies));
}
