import { InvalidArgumentError, Option } from "commander";
import { call } from "../../lib/addon/job.js";
import { native } from "../../lib/addon/load.js";

/** Options that say where and how a network runs, the same for every command. */
export function deviceOption(): Option {
  return new Option("--device <device>", "cpu, cuda or cuda:N (default: a GPU where there is one)").argParser((text) => {
    if (/^(cpu|cuda(:\d+)?)$/.test(text)) return text;
    throw new InvalidArgumentError("It must be cpu, cuda or cuda:N.");
  });
}

export function precisionOption(): Option {
  return new Option("--precision <precision>", "of the network's arithmetic").choices(["fp32", "bf16", "fp16"]);
}

export function useThreads(count: number | undefined): void {
  if (count !== undefined) call(() => native().setThreads(count));
}

/** What to run on when nothing is asked for: the first GPU, or the processor. */
export function pickDevice(asked: string | undefined): string {
  return asked ?? (native().cudaDevices().length > 0 ? "cuda" : "cpu");
}
