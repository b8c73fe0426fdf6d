/** Everything that `acinus bench` does: chooses the rows, runs them, prints and keeps what they gave. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../lib/errors.js";
import { packageRoot } from "../lib/system/paths.js";
import { Inputs } from "./inputs.js";
import { describeMachine, type Machine } from "./machine.js";
import { profileRow } from "./profile-row.js";
import { baselinePython } from "./python.js";
import { race } from "./race.js";
import type { Conditions, Programs, RowResult, Surroundings } from "./results.js";
import { allRows, chosen, type Row, type Variation } from "./rows.js";
import { raceStart } from "./start.js";
import { keep, requireStore } from "./store.js";

export interface BenchOptions extends Conditions, Variation {
  /** Names of rows, or beginnings of them; none: all. */
  readonly rows: readonly string[];
  /** Folder with train/ and val/ for the epoch. */
  readonly data?: string;
  /** Training images of the epoch; 0: all. */
  readonly images: number;
  /** Folder that keeps every row's result, the table and the chart, also of earlier runs. */
  readonly output?: string;
}

/** What a run leaves, and what --json prints. */
export interface BenchDocument {
  readonly machine: Machine;
  readonly results: readonly RowResult[];
}

function programs(python: string): { race: Programs; start: Programs } {
  const own = (...path: string[]) => [process.execPath, join(packageRoot(), "dist", ...path)] as const;
  const script = (name: string) => [python, join(packageRoot(), "bench", "baseline", name)] as const;
  const weights = own("bench", "acinus", "weights.js");
  return {
    race: { acinus: own("bench", "acinus", "main.js"), python: script("contender.py"), weights },
    start: { acinus: [...own("bin", "acinus.js"), "train"], python: script("train.py"), weights },
  };
}

/**
 * Runs the chosen rows one after the other. `signal` ends the one that is running.
 * @param say what goes on.
 * @param onRow a row's result, as soon as it is there.
 */
export async function runBench(
  options: BenchOptions,
  say: (text: string) => void,
  onRow: (result: RowResult) => void,
  signal?: AbortSignal,
): Promise<BenchDocument> {
  const machine = describeMachine();
  const results: RowResult[] = [];
  await forEachRow(options, say, signal, async (row, conditions, around, both) => {
    const starting = row.job.work === "start";
    const result = await (starting ? raceStart : race)(row, conditions, {
      ...around,
      programs: starting ? both.start : both.race,
    });
    results.push(result);
    onRow(result);
    if (options.output) await keep(options.output, machine, result);
  });
  return { machine, results };
}

/** Says of the chosen rows where their time goes on both sides, one after the other. @throws InstallationError without perf. */
export async function profileBench(
  options: BenchOptions,
  say: (text: string) => void,
  onProfile: (text: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  await forEachRow(options, say, signal, async (row, conditions, around, both) => {
    if (row.job.work !== "start") await profileRow(row, conditions, { ...around, programs: both.race }, onProfile);
  });
}

async function forEachRow(
  options: BenchOptions,
  say: (text: string) => void,
  signal: AbortSignal | undefined,
  work: (
    row: Row,
    conditions: Conditions,
    around: Omit<Surroundings, "programs">,
    both: ReturnType<typeof programs>,
  ) => Promise<void>,
): Promise<void> {
  const all = allRows(describeMachine(), options);
  const rows = chosen(all, options.rows);
  for (const name of options.rows) {
    if (chosen(all, [name]).length > 0) continue;
    throw new ConfigError("ACINUS_CONFIG", `There is no row "${name}".`, {
      value: name,
      fix: `Take one or more of ${all.map((row) => row.name).join(", ")}, or the beginning of some: step, predict, scaling.`,
    });
  }
  if (options.output)
    await requireStore(
      options.output,
      rows.map((row) => row.name),
    );
  const both = programs(await baselinePython(say));
  const folder = await mkdtemp(join(tmpdir(), "acinus-bench-"));
  try {
    const inputs = new Inputs(folder, options.seed, { folder: options.data, images: options.images });
    const { threads, rounds, runs, seed, against, best } = options;
    for (const row of rows) {
      signal?.throwIfAborted();
      const around = { inputs, signal, say: (text: string) => say(`${row.name}: ${text}\n`) };
      await work(row, { threads, rounds, runs, seed, against, best }, around, both);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
