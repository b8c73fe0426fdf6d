import { type Command, Option } from "commander";
import type { TestTimeTransformName } from "../../lib/addon/contract.js";
import type { EmptyPolicy } from "../../lib/config/inference.js";
import { type AcinusError, ConfigError } from "../../lib/errors.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { requireSummary, scoresTable, summaryOf, worstTable, writeSummary } from "../../lib/evaluate/summary.js";
import { Model } from "../../lib/model/model.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { RunFolder } from "../../lib/run/run-folder.js";
import { chooseInto } from "../cli/chosen-cells.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addDataOptions, type DataFlags } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { wholeNumber } from "../cli/numbers.js";
import { colors, print, say } from "../cli/output.js";
import { describeProblem, reportProblems } from "../cli/problems.js";
import { progress } from "../cli/progress.js";
import { addSeparationOptions, type SeparationFlags, separationOf } from "../cli/separation.js";
import { read } from "../cli/training-data.js";
import { ttaTransformsOption } from "../cli/tta.js";

interface Options extends Shared, DataFlags, SeparationFlags {
  tta?: boolean;
  ttaTransforms?: TestTimeTransformName[];
  choose?: boolean;
  emptyPolicy?: keyof typeof policies;
  batch?: number;
  device?: string;
  precision?: "fp32" | "bf16" | "fp16";
  threads?: number;
}

export function evaluateCommand(): Command {
  const evaluate = addDataOptions(
    command("evaluate", "score a trained network on images with masks; writes RUN/validation/summary.json", [
      "acinus evaluate runs/a data/val",
      "acinus evaluate runs/a data/val --tta --json",
      "acinus evaluate runs/a data/val --choose",
    ]),
  )
    .argument("<run>", "run folder, or a .safetensors file (nothing is then written)")
    .argument("<data>", "a data set in any layout (acinus verify -h)")
    .option("--tta", "average over seven flips and rotations; seven times the work")
    .addOption(ttaTransformsOption())
    .option("--choose", "first choose threshold and separation by object F1 on this data, and store them in the checkpoint")
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
        if (options.choose && folder === null) throw noRun(weights);
        if (folder !== null) await requireSummary(folder);
        useThreads(options.threads);
        using model = await Model.load(weights, { device: pickDevice(options.device), signal });
        const makeEvaluator = () =>
          new Evaluator(model, {
            ...{ tta: ttaTransforms ?? tta, threshold, emptyPolicy, batch, precision },
            separation: separationOf(options, model.cells),
          });
        let evaluator = makeEvaluator(); // wrong options are refused before the data is read
        const problems: AcinusError[] = [];
        using dataset = await read(data, signal, options, undefined, (problem) => problems.push(problem));
        reportProblems(problems, json);
        if (options.choose && folder !== null) {
          const release = await new RunFolder(folder).hold();
          const chosen = await chooseInto(model, weights, dataset, { precision, signal }).finally(release);
          if (!chosen) say("There is no cell to choose by; nothing was chosen.");
          evaluator = makeEvaluator();
        }
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
  return addSeparationOptions(evaluate);
}

function noRun(weights: string): ConfigError {
  return new ConfigError("ACINUS_CONFIG", `--choose writes into the checkpoint of a run, and ${weights} is a file by itself.`, {
    file: weights,
    fix: "Give the run folder.",
  });
}

const policies = { "1": 1, "0": 0, undefined: "undefined" } as const satisfies Record<string, EmptyPolicy>;

function emptyPolicyOption(): Option {
  const help = "what an empty prediction on an image without cells scores; undefined is counted and left out (default 1)";
  return new Option("--empty-policy <score>", help).choices(Object.keys(policies));
}
