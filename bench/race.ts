/** Runs a row: both sides in turn, in one run, their results compared. */
import { type Agreement, compare } from "./agreement.js";
import { Contender } from "./contender.js";
import type { Inputs, WeightsProgram } from "./inputs.js";
import { describeSettings, environmentOf, type Job, type PythonSettings, pythonDefaults } from "./job.js";
import type { Ran, Ready, Report } from "./protocol.js";
import type { Row } from "./rows.js";
import { median, noisySpread, type Summary, speedup, spread, summarize } from "./statistics.js";

/** Programs of the two sides; both are given the job, and Python its settings. */
export interface Programs {
  readonly acinus: readonly [command: string, ...args: string[]];
  readonly python: readonly [command: string, ...args: string[]];
  readonly weights: WeightsProgram;
}

export interface Conditions {
  readonly threads: number;
  /** In each of them every side runs once; who begins changes. */
  readonly rounds: number;
  /** Runs per side and round; the row's own number when undefined. */
  readonly runs?: number;
  readonly seed: number;
  readonly against: "defaults" | "best" | "both";
  /** Takes this for Python's best instead of trying the candidates. */
  readonly best?: string;
}

export interface SideResult {
  readonly seconds: Summary;
  /** Slowest round over fastest. */
  readonly spread: number;
  readonly peakMemory: number | null;
  readonly eventLoopLag: Report["eventLoopLag"];
  readonly versions: Ready["versions"];
  readonly parameters: number;
  readonly threads: number;
}

export interface PythonResult extends SideResult {
  readonly settings: string;
  /** Its seconds over ours. */
  readonly speedup: Summary;
  /** Our peak memory over its. */
  readonly memory: number | null;
  readonly agreements: readonly Agreement[];
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly size: number | "real";
  readonly batch: number;
  readonly precision: string;
  readonly conditions: Conditions;
  readonly acinus: SideResult;
  readonly python: { readonly defaults?: PythonResult; readonly best?: PythonResult };
  /** Seconds of every candidate for Python's best, the fastest of a few runs. */
  readonly trials: readonly { readonly settings: string; readonly seconds: number }[];
  readonly aims: Row["aims"];
  readonly noisy: boolean;
  readonly agrees: boolean;
}

interface Side {
  readonly contender: Contender;
  readonly ready: Ready;
  readonly rounds: Ran[];
}

/** What a row needs of the run that it is part of. */
export interface Surroundings {
  readonly programs: Programs;
  readonly inputs: Inputs;
  readonly say?: (text: string) => void;
  /** Ends both sides at once. */
  readonly signal?: AbortSignal;
}

export async function race(row: Row, conditions: Conditions, surroundings: Surroundings): Promise<RowResult> {
  const { programs, inputs, signal, say = () => {} } = surroundings;
  const { threads, seed } = conditions;
  say("making images and weights");
  const data = await inputs.data(row.size);
  const job: Job = { ...row.job, threads, seed, data, weights: inputs.weights(row.job.encoder, programs.weights) };
  const start = async (name: string, settings?: PythonSettings): Promise<Side> => {
    const [command, ...args] = settings ? programs.python : programs.acinus;
    const words = [JSON.stringify(job), ...(settings ? [JSON.stringify(settings)] : [])];
    const environment = environmentOf(threads, settings);
    return { ...(await Contender.start(name, command, [...args, ...words], { environment, signal })), rounds: [] };
  };

  const { best, trials } = await findBest(row, conditions, (settings) => start(describePython(settings), settings), say);
  const wanted: { defaults?: PythonSettings; best?: PythonSettings } = {};
  if (conditions.against !== "best") wanted.defaults = pythonDefaults;
  if (conditions.against !== "defaults" && best) wanted.best = best;

  const sides = new Map<string, Side>();
  try {
    say("starting acinus");
    sides.set("acinus", await start("acinus"));
    for (const [name, settings] of Object.entries(wanted)) {
      say(`starting ${describePython(settings)}`);
      sides.set(name, await start(describePython(settings), settings));
    }
    say("comparing results");
    const checked = new Map<string, Awaited<ReturnType<Contender["check"]>>>();
    for (const [name, side] of sides) checked.set(name, await side.contender.check());
    // The first run after the check may still build something.
    for (const side of sides.values()) await side.contender.run(1);
    const runs = conditions.runs ?? row.runs;
    for (let round = 0; round < conditions.rounds; round++) {
      say(`round ${round + 1} of ${conditions.rounds}`);
      const order = [...sides.values()];
      for (const side of round % 2 === 0 ? order : order.reverse()) side.rounds.push(await side.contender.run(runs));
    }
    const reports = new Map<string, Report>();
    for (const [name, side] of sides) reports.set(name, await side.contender.report());

    const ours = sides.get("acinus") as Side;
    const acinus = sideResult(ours, reports.get("acinus") as Report);
    const python: { defaults?: PythonResult; best?: PythonResult } = {};
    for (const [name, settings] of Object.entries(wanted) as ["defaults" | "best", PythonSettings][]) {
      const theirs = sides.get(name) as Side;
      const result = sideResult(theirs, reports.get(name) as Report);
      python[name] = {
        ...result,
        settings: describeSettings(settings),
        speedup: speedup(ours.rounds.map(({ seconds }, i) => ({ ours: seconds, theirs: (theirs.rounds[i] as Ran).seconds }))),
        memory: acinus.peakMemory && result.peakMemory ? acinus.peakMemory / result.peakMemory : null,
        agreements: [
          ...compare(checked.get("acinus") ?? {}, checked.get(name) ?? {}, row.tolerances),
          ...compare(middle(ours.rounds), middle(theirs.rounds), row.runTolerances ?? {}),
        ],
      };
    }
    const all = [acinus, ...Object.values(python)];
    return {
      ...{ name: row.name, title: row.title, size: row.size, batch: row.job.batch, precision: row.job.precision },
      ...{ conditions, acinus, python, trials, aims: row.aims },
      noisy: all.some((side) => side.spread > noisySpread),
      agrees: Object.values(python).every(({ agreements }) => agreements.every((one) => one.agrees)),
    };
  } finally {
    await Promise.all([...sides.values()].map(({ contender }) => contender.close()));
  }
}

const describePython = (settings: PythonSettings) => `Python (${describeSettings(settings)})`;

/** Tries the candidates one after the other, each in a process of its own, and takes the fastest. */
async function findBest(
  row: Row,
  conditions: Conditions,
  start: (settings: PythonSettings) => Promise<Side>,
  say: (text: string) => void,
): Promise<{ best?: PythonSettings; trials: RowResult["trials"] }> {
  if (conditions.against === "defaults" || row.candidates.length === 0) return { trials: [] };
  if (conditions.best !== undefined) {
    const best = row.candidates.find((settings) => describeSettings(settings) === conditions.best);
    if (best) return { best, trials: [] };
    const known = row.candidates.map(describeSettings).join('", "');
    throw new Error(`${row.name} has no candidate "${conditions.best}" for Python's best; it has "${known}".`);
  }
  if (row.candidates.length === 1) return { best: row.candidates[0] as PythonSettings, trials: [] };
  const tried: { settings: PythonSettings; seconds: number }[] = [];
  for (const settings of row.candidates) {
    say(`trying ${describePython(settings)}`);
    const { contender } = await start(settings);
    try {
      await contender.run(1);
      tried.push({ settings, seconds: Math.min(...(await contender.run(2)).seconds) });
    } finally {
      await contender.close();
    }
  }
  tried.sort((a, b) => a.seconds - b.seconds);
  const trials = tried.map(({ settings, seconds }) => ({ settings: describeSettings(settings), seconds }));
  return { best: tried[0]?.settings, trials };
}

function sideResult({ ready, rounds }: Side, { peakMemory, eventLoopLag }: Report): SideResult {
  const { versions, parameters, threads } = ready;
  return {
    seconds: summarize(rounds.flatMap(({ seconds }) => seconds)),
    spread: spread(rounds.map(({ seconds }) => seconds)),
    ...{ peakMemory, eventLoopLag, versions, parameters, threads },
  };
}

/** The median of everything that the runs gave, by name. */
function middle(rounds: readonly Ran[]): Record<string, number[]> {
  const names = Object.keys(rounds[0]?.values ?? {});
  return Object.fromEntries(names.map((name) => [name, [median(rounds.flatMap(({ values }) => values[name] ?? []))]]));
}
