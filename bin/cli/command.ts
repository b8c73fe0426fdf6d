/** What all commands share: options, examples in the help, and the way from a thrown error to an exit code. */
import { Command } from "commander";
import { Interrupted, listenForInterrupt } from "./interrupt.js";
import { exitCode, report, say } from "./output.js";

export interface Shared {
  json?: boolean;
  verbose?: boolean;
}

/** What a command's work is given beside its own arguments and options. */
export interface Context {
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Asks the work to end in good order, as Ctrl-C does. `by` is what asked. */
  readonly interrupt: (by: string) => void;
}

/** A command with -h, --json and --verbose, whose help ends with `examples`. */
export function command(name: string, summary: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(summary)
    .helpOption("-h, --help", "show this help")
    .option("--json", "one JSON document on standard output, nothing else there")
    .option("--verbose", "with an error, show where it came from (or set DEBUG)")
    .addHelpText(
      "after",
      `\n${examples.length > 1 ? "Examples" : "Example"}:\n${examples.map((line) => `  ${line}\n`).join("")}`,
    );
}

/** Runs a command's work; sets the exit code and never throws. */
export async function perform(options: Shared, work: (context: Context) => Promise<number>): Promise<void> {
  const { signal, interrupt, release } = listenForInterrupt(say);
  const { json = false, verbose = Boolean(process.env.DEBUG) } = options;
  try {
    process.exitCode = await work({ json, signal, interrupt });
  } catch (error) {
    const reason = signal.aborted && signal.reason instanceof Interrupted ? signal.reason : error;
    report(reason, { json, verbose });
    process.exitCode = exitCode(reason);
  } finally {
    release();
  }
}
