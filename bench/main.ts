/** `npm run bench -- train`: this machine, against the Python baseline. */
import { Command, InvalidArgumentError, Option } from "commander";
import { AcinusError } from "../lib/errors.js";
import { type Case, type Conditions, cases } from "./cases.js";
import { describeMachine } from "./machine.js";
import { baselinePython } from "./python.js";
import { comparisonText, machineText } from "./report.js";
import { type Comparison, compareTraining, defaultSides } from "./train.js";

interface Options extends Conditions {
  readonly case: string;
  readonly encoder?: string;
  readonly size?: number;
  readonly batch?: number;
  readonly json?: boolean;
}

export function program(): Command {
  const train = new Command("train")
    .description("Times whole training steps of acinus and of the Python baseline (smp + PyTorch), in turn, in one run.")
    .addOption(new Option("--case <name>", "what to run").choices([...cases.map(({ name }) => name), "all"]).default("all"))
    .option("--encoder <name>", "instead of the case's encoder")
    .option("--size <px>", "instead of the case's image size", whole)
    .option("--batch <images>", "instead of the case's batch", whole)
    .option("--threads <count>", "of both sides", whole, describeMachine().cores)
    .addOption(new Option("--precision <type>", "of both sides").choices(["fp32", "bf16"]).default("fp32"))
    .addOption(
      new Option("--part <part>", "network: without augmentation, edge channel and projection")
        .choices(["full", "network"])
        .default("full"),
    )
    .addOption(
      new Option("--baseline-layout <layout>", "memory layout of the baseline")
        .choices(["contiguous", "channels-last"])
        .default("contiguous"),
    )
    .option("--warm-up <steps>", "steps before the first that counts", whole, 2)
    .option("--rounds <count>", "in each both sides run once; who begins alternates", whole, 5)
    .option("--steps <count>", "per side and round", whole, 4)
    .option("--seed <number>", "of the images and the weights", whole, 1)
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", examples)
    .action(trainAction);
  return new Command("bench")
    .description("Measures acinus on this machine, against the same method written with PyTorch in Python.")
    .addCommand(train)
    .addHelpText("after", "\nExample:\n  npm run bench -- train --case b0\n");
}

const examples = `
Examples:
  npm run bench -- train
  npm run bench -- train --case b7 --size 512 --precision bf16
  ACINUS_BENCH_PYTHON=/path/to/python npm run bench -- train --case b0 --json

The baseline's packages are installed into bench/.venv at first use (about 5 GB), or taken from ACINUS_BENCH_PYTHON.
`;

async function trainAction(options: Options): Promise<void> {
  const say = (text: string) => void process.stderr.write(text);
  const machine = describeMachine();
  if (!options.json) process.stdout.write(`${machineText(machine)}\n`);
  const sides = defaultSides(await baselinePython(say));
  const { threads, precision, part, baselineLayout, warmUp, rounds, steps, seed } = options;
  const conditions: Conditions = { threads, precision, part, baselineLayout, warmUp, rounds, steps, seed };
  const results: Comparison[] = [];
  for (const measured of chosen(options)) {
    const result = await compareTraining(measured, conditions, sides, (text) => say(`${measured.name}: ${text}\n`));
    results.push(result);
    if (!options.json) process.stdout.write(`\n${comparisonText(result)}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
}

function chosen(options: Options): Case[] {
  const { encoder, size, batch } = options;
  const selected = cases.filter(({ name }) => options.case === "all" || options.case === name);
  return selected.map((one) => ({
    ...one,
    encoder: encoder ?? one.encoder,
    size: size ?? one.size,
    batch: batch ?? one.batch,
  }));
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return value;
}

/** Runs the command line; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    const trace =
      error instanceof AcinusError || !(error instanceof Error) ? "" : `\n${error.stack?.split("\n").slice(1, 4).join("\n")}`;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${process.env.ACINUS_DEBUG ? trace : ""}\n`);
    return 1;
  }
}
