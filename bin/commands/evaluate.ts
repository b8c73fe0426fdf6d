import { type Command, Option } from "commander";
import { ruleBefore } from "../../lib/dataset/intensity/intensity-map.js";
import { type AcinusError, ConfigError } from "../../lib/errors.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { filesIn, requireEvaluation } from "../../lib/evaluate/summary-files.js";
import { Model } from "../../lib/model/model.js";
import { findWeights } from "../../lib/run/find-weights.js";
import { RunFolder } from "../../lib/run/run-folder.js";
import { chooseInto } from "../cli/chosen-cells.js";
import { type Context, command, perform } from "../cli/command.js";
import { crfOption } from "../cli/crf.js";
import { addDataOptions } from "../cli/data-options.js";
import { deviceOption, pickDevice, precisionOption, useThreads } from "../cli/device.js";
import { wholeNumber } from "../cli/numbers.js";
import { say } from "../cli/output.js";
import { reportProblems } from "../cli/problems.js";
import { progress } from "../cli/progress.js";
import { type EvaluateFlags, placeOf, policies, reportScores, scoreFiles } from "../cli/scoring.js";
import { addSeparationOptions, separationOf } from "../cli/separation.js";
import { read } from "../cli/training-data.js";
import { ttaTransformsOption } from "../cli/tta.js";

export function evaluateCommand(): Command {
  const evaluate = addDataOptions(
    command("evaluate", "score a trained network, or predictions that are files, on images with masks", [
      "acinus evaluate runs/a data/val",
      "acinus evaluate runs/a data/val --tta --json",
      "acinus evaluate runs/a data/val --choose",
      "acinus evaluate --predictions out data/val -o scores",
    ]),
  )
    .argument("<run>", "run folder, or a .safetensors file; left out with --predictions")
    .argument("[data]", "a data set in any layout (acinus verify -h)")
    .option("--predictions <folder>", "score these masks or labels, named as their images, instead of a network")
    .option(
      "-o, --output <folder>",
      "where summary.json and images.csv go (default: into the run, under validation/ for its validation images, otherwise under evaluation/)",
    )
    .option("--tta", "average over seven flips and rotations; seven times the work")
    .addOption(ttaTransformsOption())
    .addOption(crfOption())
    .option(
      "--choose",
      "first choose threshold and separation, with --crf the random field too, by object F1 on this data, and store them in the checkpoint",
    )
    .addOption(emptyPolicyOption())
    .option("--batch <n>", "images at a time (default 8)", wholeNumber)
    .option("--tile <pixels>", "side of the tiles of large images; 0 takes every image whole (default 1024)", wholeNumber)
    .option("--overlap <pixels>", "what neighbouring tiles share (default an eighth)", wholeNumber)
    .option("--no-rescale", "see images as they are, where their pixels have another size than the training's")
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .action((run: string, data: string | undefined, options: EvaluateFlags) =>
      perform(options, (context) => {
        if (options.predictions !== undefined)
          return scoreFiles(options.predictions, data === undefined ? run : data, options, context);
        if (data === undefined) throw new ConfigError("ACINUS_CONFIG", "There is no data to score on.", { fix: usage });
        return scoreNetwork(run, data, options, context);
      }),
    );
  return addSeparationOptions(evaluate);
}

const usage = "Write: acinus evaluate RUN DATA, or: acinus evaluate --predictions FOLDER DATA";

async function scoreNetwork(run: string, data: string, options: EvaluateFlags, { json, signal }: Context): Promise<number> {
  const { tta, ttaTransforms, threshold, batch, tile, overlap, precision, rescale } = options;
  const emptyPolicy = options.emptyPolicy && policies[options.emptyPolicy];
  const { weights, folder } = await findWeights(run);
  if (options.choose && folder === null) throw noRun(weights);
  if (options.output !== undefined) await requireEvaluation(filesIn(options.output, "summary.json"));
  useThreads(options.threads);
  using model = await Model.load(weights, { device: pickDevice(options.device), signal });
  const makeEvaluator = () =>
    new Evaluator(model, {
      ...{ tta: ttaTransforms ?? tta, threshold, emptyPolicy, batch, tile, overlap, precision, rescale },
      ...{ separation: separationOf(options, model.cells), crf: options.crf },
    });
  let evaluator = makeEvaluator(); // wrong options are refused before the data is read
  const problems: AcinusError[] = [];
  const intensity = options.intensity ?? model.intensity ?? ruleBefore;
  const reading = { ...options, intensity, channels: options.channels ?? model.channels };
  using dataset = await read(data, signal, reading, undefined, (problem) => problems.push(problem));
  reportProblems(problems, json);
  const files = await placeOf(options, folder, dataset, data);
  if (files) await requireEvaluation(files);
  if (options.choose && folder !== null) {
    const release = await new RunFolder(folder).hold();
    const crf = options.crf === true ? "choose" : options.crf;
    const chosen = await chooseInto(model, weights, dataset, { precision, crf, signal }).finally(release);
    if (!chosen) say("There is no cell to choose by; nothing was chosen.");
    evaluator = makeEvaluator();
  }
  const bar = progress("Evaluating");
  bar.start(dataset.length);
  const onProgress = (done: number) => bar.update(done);
  const scores = await evaluator.evaluate(dataset, { signal, onProgress, onNote: say }).finally(() => bar.stop());
  return reportScores(scores, { data, weights }, files, problems, json);
}

function noRun(weights: string): ConfigError {
  return new ConfigError("ACINUS_CONFIG", `--choose writes into the checkpoint of a run, and ${weights} is a file by itself.`, {
    file: weights,
    fix: "Give the run folder.",
  });
}

function emptyPolicyOption(): Option {
  const help = "what an empty prediction on an image without cells scores; undefined is counted and left out (default 1)";
  return new Option("--empty-policy <score>", help).choices(Object.keys(policies));
}
