import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import type { BestEpoch, FitResult, TrainEvent } from "../../lib/addon/contract.js";
import type { ComplexityVersion } from "../../lib/config/complexity.js";
import { architectureNames, encoderNames } from "../../lib/config/networks.js";
import { type Preset, type PresetName, presets } from "../../lib/config/presets.js";
import type { Dataset } from "../../lib/dataset/dataset.js";
import { ruleBefore } from "../../lib/dataset/intensity/intensity-map.js";
import { Model } from "../../lib/model/model.js";
import { RunFolder } from "../../lib/run/run-folder.js";
import { Sampler } from "../../lib/train/sampler.js";
import { Trainer } from "../../lib/train/trainer.js";
import { resolveDevice } from "../../lib/train/trainer-checks.js";
import { chooseInto } from "../cli/chosen-cells.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addDataOptions, type DataFlags } from "../cli/data-options.js";
import { deviceOption, precisionOption, useThreads } from "../cli/device.js";
import { Interrupted } from "../cli/interrupt.js";
import { quoted, resumeCommand } from "../cli/invocation.js";
import { aboveZero, number, pattern, share, wholeNumber } from "../cli/numbers.js";
import { print, say } from "../cli/output.js";
import { createModel } from "../cli/pretrained.js";
import { duration, progress } from "../cli/progress.js";
import { stopAt, timeLimit, timeSpan } from "../cli/time-limit.js";
import { resolveSettings, type TrainFlags } from "../cli/train-settings.js";
import { openData } from "../cli/training-data.js";
import { trainingProgress } from "../cli/training-progress.js";

interface Options extends Shared, TrainFlags, DataFlags {
  output: string;
  validation?: string;
  split?: number;
  group?: RegExp;
  threads?: number;
  stopAfter?: number;
  resume?: "only" | "auto";
  overwrite?: boolean;
}

export function trainCommand(): Command {
  const names = Object.keys(presets) as PresetName[];
  const train = addDataOptions(
    command("train", "train a network on images with masks; writes a run folder", [
      "acinus train data/train --validation data/val -o runs/a --preset fast",
      "acinus train data/tnbc -o runs/b --group '^\\d+' --encoder efficientnet-lite2 --weights imagenet --crop 256",
      "acinus train data/train --validation data/val -o runs/a --preset fast --resume",
      "acinus train data/tnbc -o runs/c --set loss.tverskyAlpha=0.6 --set model.decoderChannels=[128,64,32,16,16]",
    ]),
  )
    .argument("<data>", "a data set in any layout (acinus verify -h)")
    .requiredOption("-o, --output <folder>", "run folder to write")
    .option("--validation <folder>", "validation images; without it the data is split")
    .option("--split <share>", "share of the data for validation when it is split (default 0.2)", share)
    .option("--group <pattern>", "images whose names share this match stay on one side of the split", pattern)
    .addOption(new Option("--preset <name>", "starting point of all options").choices(names).default("paper"))
    .addOption(new Option("--architecture <name>", "network (paper: unetplusplus)").choices(architectureNames))
    .addOption(
      new Option("--encoder <name>", "backbone of unetplusplus and unet (paper: efficientnet-b7)").choices(encoderNames),
    )
    .option(
      "--weights <file>",
      "start from a .safetensors, .pth or .pt file (an encoder, an smp model, a checkpoint), from hf:owner/name, or from imagenet, " +
        "imagenet-or-random or random",
    )
    .addOption(new Option("--input-mode <mode>", "how the edge channel enters").choices(["projection", "drop", "inflate"]))
    .option("--epochs <n>", "passes over the data (paper: 200)", wholeNumber)
    .option("--batch <n>", "images per batch (paper: 4)", wholeNumber)
    .option("--accumulation <n>", "batches per optimizer step (paper: 2)", wholeNumber)
    .option("--crop <pixels>", "train on random square crops; 0 takes whole images", wholeNumber)
    .option("--learning-rate <rate>", "peak of the schedule (paper: 3e-4)", number)
    .option("--patience <n>", "end after so many epochs without a better one (default: never)", wholeNumber)
    .option("--minutes <n>", "end when the training has worked for so long, with the best weights so far", aboveZero)
    .option("--stop-file <path>", "end when there is such a file, with the best weights so far")
    .addOption(
      new Option("--sampler <name>", "complexity draws difficult images more often").choices(["complexity", "uniform"]),
    )
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .option("--seed <n>", "of weights, split, order and augmentation (default 0)", wholeNumber)
    .option("--deterministic", "only algorithms whose result does not vary from run to run")
    .option("--set <key=value>", "any option by its dotted name, repeatable", (text, all: string[] = []) => [...all, text])
    .option("-c, --config <file>", "any options, as a JSON file")
    .addOption(
      new Option("--resume [when]", "continue the run in the output folder; auto: begin one where there is none")
        .choices(["only", "auto"])
        .preset("only"),
    )
    .option(
      "--stop-after <time>",
      "end the step, write the checkpoint and exit with code 130 after 3h50m, 90m or 03:50:00",
      timeSpan,
    )
    .option("--overwrite", "replace the run in the output folder: the files that the run wrote, and no others")
    .action((data: string, options: Options) =>
      perform(options, async ({ json, signal, interrupt }) => {
        using _limit = stopAt(timeLimit(options.stopAfter), interrupt);
        const { train, model, sampler, complexity } = resolveSettings(options);
        const folder = new RunFolder(options.output);
        const resume = options.resume === "only" || (options.resume === "auto" && folder.holdsRun);
        const inputs = model.weights === undefined ? [] : [model.weights];
        await folder.requireStart(resume ? "resume" : options.overwrite ? "overwrite" : "new", inputs);
        using _held = await hold(folder);
        useThreads(options.threads);
        resolveDevice(train, model.device);
        // A run goes on with the mapping that it began with; one of an earlier version with what was done then.
        const begun = resume ? await folder.readConfig() : undefined;
        const intensity = options.intensity ?? (begun && (begun.intensity ?? ruleBefore));
        const channels = options.channels ?? begun?.channels;
        if (presetOf(options).active) say(onAllImages);
        const sets = await openData(data, { ...options, intensity, channels, seed: train.seed, signal });
        // A resumed run has its weights already.
        const weights = resume && existsSync(folder.last) ? undefined : model.weights;
        using network = await createModel({ ...model, weights }, signal);
        using trainer = new Trainer(network, {
          ...train,
          ...{
            train: sets.train,
            validation: sets.validation,
            sampler: makeSampler(sampler, sets.train, complexity ?? (resume ? await formulaOf(folder) : "v2")),
          },
          ...{ runFolder: folder, resume, overwrite: options.overwrite },
        });
        if (train.deterministic) for (const limit of trainer.limits) say(limit);
        const { steps, ...result } = await trainToEnd(trainer, folder, signal);
        const trained = existsSync(folder.best) ? folder.best : folder.last;
        const { crf } = presetOf(options);
        const cells = await chooseCellsOf(trained, trainer, sets.validation, crf ? "choose" : undefined, signal);
        const { config } = trainer;
        print(json, { run: options.output, weights: trained, ...result, cells, config, model: network.config }, () =>
          [
            ...(begun && steps === 0 ? [`Nothing was left to do: the run has ${result.epoch} epochs already.`] : []),
            `Trained ${result.epoch} epochs in ${duration(result.seconds)}${endings[result.reason]}; ${describeBest(result.best)}.`,
            `Weights: ${trained}`,
            `Look at it: acinus report ${quoted(options.output)}`,
            ...(findsNothing(result.best) ? [nothingFound] : []),
          ].join("\n"),
        );
        return 0;
      }),
    );
  const parse = train.parseOptions.bind(train);
  train.parseOptions = (args) => parse(withoutValue(args));
  return train;
}

/** `--resume DATA`: commander would take every next word for the option's value. Only auto and only are meant for it. */
function withoutValue(args: readonly string[]): string[] {
  return args.map((arg, i) => (arg === "--resume" && !/^(auto|only)$/.test(args[i + 1] ?? "") ? "--resume=only" : arg));
}

/** Nobody else trains into the folder from before the data is read until the end. */
async function hold(folder: RunFolder): Promise<Disposable> {
  const release = await folder.hold();
  return { [Symbol.dispose]: release };
}

/** Threshold and separation, chosen on the validation images for the weights that the run gives; null where they show no cell. */
async function chooseCellsOf(
  weights: string,
  { config }: Trainer,
  validation: Dataset,
  crf: "choose" | undefined,
  signal: AbortSignal,
) {
  try {
    using model = await Model.load(weights, { device: config.device, signal });
    const precision = config.precision === "auto" ? undefined : config.precision;
    const chosen = await chooseInto(model, weights, validation, { precision, crf, signal });
    return chosen ? { ...chosen.rule, f1: chosen.f1, plainF1: chosen.plainF1 } : null;
  } catch (error) {
    if (error instanceof Interrupted) error.resume = resumeCommand();
    throw error;
  }
}

async function trainToEnd(trainer: Trainer, folder: RunFolder, signal: AbortSignal): Promise<FitResult & { steps: number }> {
  const bar = progress("Training");
  const tell = trainingProgress(bar);
  let steps = 0;
  const onEvent = (event: TrainEvent) => {
    if (event.type === "step") steps++;
    tell(event);
  };
  try {
    return { ...(await trainer.fit({ signal, onEvent })), steps };
  } catch (error) {
    if (error instanceof Interrupted && existsSync(folder.last)) {
      error.resume = resumeCommand();
      bar.stop();
      say(`Wrote ${folder.last}.`);
    }
    throw error;
  } finally {
    bar.stop();
  }
}

function presetOf({ preset }: Pick<Options, "preset">): Preset {
  return presets[preset];
}

const onAllImages =
  "This trains on all images at once: what simulates rounds of active learning on them is acinus compare DATA -o DIR --systems attention-unet-active, " +
  "and runActiveLearning in a script.";

/** What the last line says of a training that ended by itself before its last epoch. */
const endings: Record<FitResult["reason"], string> = {
  finished: "",
  stopped: "",
  patience: " and ended early, because no epoch was better for as long as --patience says",
  minutes: " and ended early, because the time of --minutes was up (--resume goes on)",
  stopFile: " and ended early, because the file of --stop-file is there (--resume goes on without it)",
};

/** Dice over all pixels below which a network has learnt nothing. */
const nothing = 0.01;
const nothingFound =
  "The network finds no cells. Usual causes: a learning rate that is too high (--learning-rate), too few epochs (--epochs), or masks that do not " +
  "fit their images (acinus verify).";

function findsNothing(best: BestEpoch | null): boolean {
  return best === null || (best.validation !== null && best.validation.diceMicro < nothing);
}

function describeBest(best: BestEpoch | null): string {
  if (best === null) return "no validation was accepted, so there is no best epoch";
  const scores = best.validation;
  if (scores === null) return `best after epoch ${best.epoch + 1}`;
  if (findsNothing(best)) return `no epoch was of use: micro Dice ${scores.diceMicro.toFixed(4)} at most`;
  return (
    `best after epoch ${best.epoch + 1}: Dice ${scores.dicePerImage.toFixed(4)}, ` +
    `with cells ${scores.diceWithCells.toFixed(4)}, micro ${scores.diceMicro.toFixed(4)}`
  );
}

function makeSampler(name: "complexity" | "uniform", train: Dataset, complexity: ComplexityVersion): Sampler {
  return name === "complexity" ? Sampler.byComplexity(train, { complexity }) : Sampler.uniform(train);
}

/** What the run in the folder weighs its images by: before there were two formulas, it was the first. */
async function formulaOf(folder: RunFolder): Promise<ComplexityVersion> {
  return (await folder.readConfig()).data.sampler.complexity ?? "v1";
}
