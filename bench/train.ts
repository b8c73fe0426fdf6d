/** Times training steps of both sides in turn, in one run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../lib/setup/paths.js";
import { synthesize } from "../lib/synth/synthesize.js";
import type { Case, Conditions } from "./cases.js";
import { Contender } from "./contender.js";
import type { Ready, Report } from "./protocol.js";
import { type Summary, speedup, summarize } from "./statistics.js";

/** Programs of the two sides; both take the same arguments and speak protocol.ts. */
export interface Sides {
  readonly acinus: readonly [command: string, ...args: string[]];
  readonly baseline: readonly [command: string, ...args: string[]];
}

export interface Side {
  readonly seconds: Summary;
  readonly peakMemory: number | null;
  readonly eventLoopLag: Report["eventLoopLag"];
  readonly versions: Ready["versions"];
  readonly parameters: number;
  readonly lastLoss: number;
}

export interface Comparison {
  readonly case: Case;
  readonly conditions: Conditions;
  readonly acinus: Side;
  readonly baseline: Side;
  /** Baseline's seconds over ours. */
  readonly speedup: Summary;
}

export function defaultSides(python: string): Sides {
  return {
    acinus: [process.execPath, join(packageRoot(), "dist", "bench", "step.js")],
    baseline: [python, join(packageRoot(), "bench", "baseline", "step.py")],
  };
}

/** Runs one case on both sides; they train on the same synthetic images. */
export async function compareTraining(
  measured: Case,
  conditions: Conditions,
  sides: Sides,
  onProgress: (text: string) => void = () => {},
): Promise<Comparison> {
  const folder = await mkdtemp(join(tmpdir(), "acinus-bench-"));
  try {
    onProgress("making images");
    await synthesize(join(folder, "data"), { images: 20, size: measured.size, seed: conditions.seed, validation: 0.2 });
    const args = sharedArguments(join(folder, "data"), measured, conditions);
    // PyTorch reads it at its first parallel region, and our training thread inherits it too.
    const environment = { OMP_NUM_THREADS: String(conditions.threads) };
    const [command, ...own] = sides.acinus;
    const [python, ...script] = sides.baseline;
    onProgress("building the networks");
    const ours = await Contender.start("acinus", command, [...own, ...args], environment);
    using acinus = ours.contender;
    const layout = ["--layout", conditions.baselineLayout];
    const theirs = await Contender.start("the Python baseline", python, [...script, ...args, ...layout], environment);
    using baseline = theirs.contender;

    onProgress("warming up");
    for (const side of [acinus, baseline]) if (conditions.warmUp > 0) await side.steps(conditions.warmUp);
    const rounds: { acinus: readonly number[]; baseline: readonly number[] }[] = [];
    const lastLoss = { acinus: Number.NaN, baseline: Number.NaN };
    for (let round = 0; round < conditions.rounds; round++) {
      onProgress(`round ${round + 1} of ${conditions.rounds}`);
      const seconds = { acinus: [] as readonly number[], baseline: [] as readonly number[] };
      const order = round % 2 === 0 ? (["acinus", "baseline"] as const) : (["baseline", "acinus"] as const);
      for (const name of order) {
        const answer = await { acinus, baseline }[name].steps(conditions.steps);
        seconds[name] = answer.seconds;
        lastLoss[name] = answer.losses.at(-1) ?? Number.NaN;
      }
      rounds.push(seconds);
    }
    const reports = { acinus: await acinus.report(), baseline: await baseline.report() };
    const side = (name: "acinus" | "baseline", ready: Ready): Side => ({
      seconds: summarize(rounds.flatMap((round) => round[name])),
      peakMemory: reports[name].peakMemory,
      eventLoopLag: reports[name].eventLoopLag,
      versions: ready.versions,
      parameters: ready.parameters,
      lastLoss: lastLoss[name],
    });
    return {
      case: measured,
      conditions,
      acinus: side("acinus", ours.ready),
      baseline: side("baseline", theirs.ready),
      speedup: speedup(rounds),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sharedArguments(data: string, { encoder, batch }: Case, { threads, precision, part, seed }: Conditions): string[] {
  const options = { data: join(data, "train"), validation: join(data, "val"), encoder, batch, threads, precision, part, seed };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
