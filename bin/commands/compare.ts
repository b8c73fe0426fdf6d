import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ablationNames } from "../../lib/compare/ablations.js";
import type { Budget } from "../../lib/compare/budget.js";
import { compare } from "../../lib/compare/compare.js";
import type { Comparison } from "../../lib/compare/comparison.js";
import { systemNames } from "../../lib/compare/systems.js";
import { comparisonTable } from "../../lib/compare/text.js";
import { encoderNames } from "../../lib/config/networks.js";
import type { Dataset } from "../../lib/dataset/dataset.js";
import { learntRule } from "../../lib/dataset/intensity/learnt-rule.js";
import { command, perform, type Shared } from "../cli/command.js";
import { compareProgress } from "../cli/compare-progress.js";
import { addDataOptions, type DataFlags } from "../cli/data-options.js";
import { precisionOption, useThreads } from "../cli/device.js";
import { Interrupted } from "../cli/interrupt.js";
import { sameCommand } from "../cli/invocation.js";
import { pattern, share, wholeNumber } from "../cli/numbers.js";
import { colors, print } from "../cli/output.js";
import { merge, readSettings, type Settings } from "../cli/settings.js";
import { read } from "../cli/training-data.js";

interface Options extends Shared, DataFlags {
  output: string;
  systems: string[];
  ablations: string[];
  seeds: number;
  seed: number;
  folds?: number;
  budget: Budget;
  encoder?: string;
  weights: string;
  size: number;
  validation?: string;
  test?: string;
  validationShare?: number;
  testShare?: number;
  group?: RegExp;
  predictions?: Record<string, string>;
  set?: string[];
  config?: string;
  devices?: string[];
  precision?: string;
  threads?: number;
}

export function compareCommand(): Command {
  return addDataOptions(
    command("compare", "train and score the paper's systems and its ablations on the same images; writes a page", [
      "acinus compare data/train --test data/val -o comparison --budget epochs=15",
      "acinus compare data/tnbc -o comparison --group '^\\d+' --folds 4 --size 256 --budget minutes=20",
      "acinus compare data/train --test data/val -o comparison --systems enhanced --ablations all --seeds 2",
      "acinus compare data/train --test data/val -o comparison --predictions nnunet=out/nnunet",
    ]),
  )
    .argument("<data>", "a data set in any layout (acinus verify -h)")
    .requiredOption("-o, --output <folder>", "folder of comparison.json, comparison.html and all runs; the same again goes on")
    .addOption(
      listOption("--systems <list>", `with commas between, or none: ${systemNames.join(", ")}`, systemNames, systemNames),
    )
    .addOption(
      listOption(
        "--ablations <list>",
        `changes of enhanced (active-…: of attention-unet-active), with commas between, or all: ${ablationNames.join(", ")}`,
        ablationNames,
        [],
      ),
    )
    .addOption(
      new Option("--predictions <name=folder>", "score these masks or labels as a row of their own; repeatable").argParser(
        named,
      ),
    )
    .option("--seeds <n>", "repetitions of every training", wholeNumber, 3)
    .option("--seed <n>", "the first seed, also of the division of the data", wholeNumber, 0)
    .option("--folds <n>", "parts of the data that are scored in turn (with --test: that choose in turn)", wholeNumber)
    .addOption(
      new Option("--budget <unit=n>", "of every training: epochs=N, steps=N or minutes=N")
        .argParser(budgetOf)
        .default({ epochs: 30 }, "epochs=30"),
    )
    .addOption(
      new Option("--encoder <name>", "of every system that has one").choices(encoderNames).default("efficientnet-lite0"),
    )
    .option("--weights <file>", "what encoders start from, as of train", "imagenet-or-random")
    .option("--size <pixels>", "train on random square crops; 0 takes whole images", wholeNumber, 0)
    .option("--validation <folder>", "images that choose epoch and threshold; without it the data is divided")
    .option("--test <folder>", "images that are scored; without it the data is divided")
    .option("--validation-share <share>", "of the data, where it is divided (default 0.2)", share)
    .option("--test-share <share>", "of the data, where it is divided (default 0.2)", share)
    .option("--group <pattern>", "images whose names share this match stay on one side, and are resampled together", pattern)
    .addOption(
      new Option("--devices <list>", "where trainings run, several at a time on several GPUs (default: all, or cpu)").argParser(
        (text) => text.split(",").map((name) => name.trim()),
      ),
    )
    .addOption(precisionOption())
    .option("--threads <n>", "processor threads", wholeNumber)
    .option(
      "--set <key=value>",
      "any option of all trainings, models (model.…) and rounds (active.…) by its dotted name, repeatable",
      (text, all: string[] = []) => [...all, text],
    )
    .option("-c, --config <file>", "any options of all trainings and models, as a JSON file")
    .action((data: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        useThreads(options.threads);
        const { precision } = options;
        const settings = merge(readSettings(options.config, options.set ?? []), { precision });
        const { model = {}, active = {}, ...train } = settings as { model?: Settings; active?: Settings } & Settings;
        using sets = await openSets(data, options, signal);
        const progress = compareProgress();
        const { output, systems, ablations, predictions, seeds, seed, folds, budget, encoder, weights, size, devices } =
          options;
        const { validationShare, testShare } = options;
        const comparison = await compare(sets.data, {
          ...{
            output,
            systems,
            ablations,
            predictions,
            seeds,
            seed,
            folds,
            budget,
            encoder,
            weights,
            size,
            devices,
            model,
            train,
            active,
          },
          ...{ validationShare, testShare, validation: sets.validation, test: sets.test, signal, onEvent: progress.tell },
        })
          .catch((error) => {
            if (error instanceof Interrupted) error.resume = sameCommand();
            throw error;
          })
          .finally(progress.stop);
        print(json, comparison, () => described(comparison, output));
        return comparison.failures.length > 0 ? 1 : 0;
      }),
    );
}

function described(comparison: Comparison, output: string): string {
  const files = `Written to ${join(output, "comparison.html")} and ${join(output, "comparison.json")}`;
  return `${comparisonTable(comparison)}\n\n${colors.dim(files)}`;
}

interface Sets extends Disposable {
  readonly data: Dataset;
  readonly validation: Dataset | undefined;
  readonly test: Dataset | undefined;
}

/** Every set is seen as the data is. */
async function openSets(folder: string, options: Options, signal: AbortSignal): Promise<Sets> {
  const { validation, test, group } = options;
  const data = await read(folder, signal, options, group);
  const opened: Dataset[] = [data];
  const close = () => {
    for (const set of opened) set.close();
  };
  try {
    const intensity = (validation ?? test) ? await learntRule(data) : undefined;
    const open = async (other: string | undefined) => {
      if (other === undefined) return undefined;
      const set = await read(other, signal, { ...options, intensity, channels: data.channels }, group);
      opened.push(set);
      return set;
    };
    return { data, validation: await open(validation), test: await open(test), [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A list of known names; "all" is every one, "none" is none. */
function listOption(flags: string, help: string, names: readonly string[], byDefault: readonly string[]): Option {
  return new Option(flags, help)
    .argParser((text) => {
      if (text === "all") return names;
      if (text === "none") return [];
      return text.split(",").map((name) => name.trim());
    })
    .default(byDefault, byDefault.length > 0 ? "all" : "none");
}

function named(text: string, all: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  const [name, folder] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || folder === "") throw new InvalidArgumentError("It must be NAME=FOLDER.");
  return { ...all, [name]: folder };
}

function budgetOf(text: string): Budget {
  const [, unit = "", amount] = /^(epochs|steps|minutes)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const value = Number(amount);
  if (unit === "" || !(value > 0) || (unit !== "minutes" && !Number.isSafeInteger(value))) {
    throw new InvalidArgumentError("It must be epochs=N, steps=N or minutes=N.");
  }
  return { [unit]: value };
}
