import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import type { BenchOptions } from "../../bench/run.js";
import { InstallationError } from "../../lib/errors.js";
import { command, perform, type Shared } from "../cli/command.js";
import { wholeNumber } from "../cli/numbers.js";
import { print } from "../cli/output.js";

type Options = Shared & Omit<BenchOptions, "rows"> & { list?: boolean; profile?: boolean; epochs: number; seeds: number };

export function benchCommand(): Command {
  return command(
    "bench",
    "measure acinus on this machine, against the same method written with PyTorch in Python (in a clone only)",
    [
      "acinus bench --list",
      "acinus bench step-b0 edges",
      "acinus bench -o bench-results",
      "acinus bench step-b7 --against defaults --rounds 3 -o bench-results",
      "acinus bench step-b0 --encoder efficientnet-b3 --size 256 --batch 2 --precision bf16 --json",
      "acinus bench step-b7-bf16 --profile",
      "acinus bench quality --images 0 --epochs 12 --seeds 3 -o bench-results",
      "ACINUS_BENCH_PYTHON=/path/to/python acinus bench epoch --data data/set --images 0",
    ],
  )
    .argument(
      "[rows...]",
      "what to measure, by name or by the beginning of names (step, predict, scaling); default: all; quality, alone: minutes and epochs to a Dice of 0.85 and 0.90, both sides from ImageNet weights and from scratch",
    )
    .option("--list", "list the rows and stop")
    .option("--profile", "show where both sides spend their time, instead of measuring it (needs perf)")
    .option("--threads <n>", "threads of both sides", wholeNumber, availableParallelism())
    .option("--rounds <n>", "rounds; in each, every side runs once", wholeNumber, 5)
    .option("--runs <n>", "runs of a side in a round (default: the row's own number)", wholeNumber)
    .addOption(
      new Option("--against <python>", "which Python to compare with").choices(["defaults", "best", "both"]).default("both"),
    )
    .option("--best <settings>", "settings to take as Python's best, instead of trying the candidates")
    .option("--compile", "also try torch.compile in training, which takes minutes for each network")
    .option("--encoder <name>", "encoder of the step and predict rows, instead of their own")
    .option("--size <px>", "image size of the step and predict rows", wholeNumber)
    .option("--batch <n>", "batch size of the step rows", wholeNumber)
    .addOption(new Option("--precision <type>", "precision of the step and predict rows").choices(["fp32", "bf16"]))
    .option(
      "--data <folder>",
      "images of the epoch, with train/ and val/ (default: synthetic, or shared data where there are any)",
    )
    .option("--images <n>", "training images of the epoch; 0 takes all", wholeNumber, 160)
    .option("--seed <n>", "seed of images and weights", wholeNumber, 1)
    .option("--epochs <n>", "epochs of each training of quality", wholeNumber, 12)
    .option("--seeds <n>", "trainings of each side of quality", wholeNumber, 3)
    .option("-o, --output <folder>", "folder that keeps every row's result, a table and a chart")
    .addHelpText(
      "after",
      "Python's packages are installed at first use (about 6 GB), or taken from ACINUS_BENCH_PYTHON. How it is measured: bench/method.md\n",
    )
    .action((rows: string[], { list, profile, epochs, seeds, ...options }: Options) =>
      perform(options, async ({ json, signal }) => {
        const { allRows, describeMachine, machineText, profileBench, rowText, runBench, runQuality, tableText } =
          await benchmark();
        if (list) {
          const names = allRows(describeMachine(), options).map(({ name, title }) => ({ name, title }));
          print(json, names, () => names.map(({ name, title }) => `${name.padEnd(20)} ${title}`).join("\n"));
          return 0;
        }
        const say = (text: string) => void process.stderr.write(text);
        if (!json) process.stdout.write(`${machineText(describeMachine())}\n`);
        if (rows[0] === "quality" && rows.length === 1) {
          const document = await runQuality({ ...options, epochs, seeds }, say, signal);
          print(json, document, () => document.table);
          return 0;
        }
        if (profile) {
          const texts: string[] = [];
          const take = (text: string) => (json ? texts.push(text) : process.stdout.write(`${text}\n\n`));
          await profileBench({ ...options, rows }, say, take, signal);
          if (json) print(json, texts, () => "");
          return 0;
        }
        const document = await runBench(
          { ...options, rows },
          say,
          (result) => json || process.stdout.write(`\n${rowText(result)}\n`),
          signal,
        );
        print(json, document, () => `\n${tableText(document.results)}`);
        return document.results.every(({ agrees }) => agrees) ? 0 : 1;
      }),
    );
}

/** The benchmark is not in the installed package, and no other command needs it. @throws InstallationError where it is absent. */
async function benchmark() {
  try {
    return await import("../../bench/index.js");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new InstallationError("ACINUS_SETUP", "The benchmark is not part of the installed package.", {
      fix: "Run it in a clone of the repository: npm run bench",
      cause,
    });
  }
}
