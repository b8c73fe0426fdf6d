/** Runs a row: both sides in turn, in one run, their results compared. */
import { ConfigError } from "../lib/errors.js";
import { compare } from "./agreement.js";
import type { Contender } from "./contender.js";
import { describeSettings, type PythonSettings, pythonDefaults } from "./job.js";
import type { Ran, Report } from "./protocol.js";
import type { Conditions, PythonResult, RowResult, SideResult, Surroundings, Trial } from "./results.js";
import type { Row } from "./rows.js";
import { describePython, type Side, starter } from "./side.js";
import { noisySpread, speedup, spread, summarize } from "./statistics.js";

export async function race(row: Row, conditions: Conditions, surroundings: Surroundings): Promise<RowResult> {
  const { say = () => {} } = surroundings;
  const start = await starter(row, conditions, surroundings);
  const { best, trials } = await findBest(
    row,
    conditions,
    (settings) => start(describePython(settings), settings),
    surroundings,
  );
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
      const alike = isAlike(row.job, settings) ? row.likeTolerances : {};
      python[name] = {
        ...result,
        settings: describeSettings(settings),
        speedup: speedup(ours.rounds.map(({ seconds }, i) => ({ ours: seconds, theirs: (theirs.rounds[i] as Ran).seconds }))),
        memory: acinus.peakMemory && result.peakMemory ? acinus.peakMemory / result.peakMemory : null,
        agreements: [
          ...compare(checked.get("acinus") ?? {}, checked.get(name) ?? {}, { ...row.tolerances, ...alike }),
          ...compare(means(ours.rounds), means(theirs.rounds), row.runTolerances ?? {}),
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

/** Whether Python's side has our precision and, in float32, the contiguous layout, whose sums are the reference. */
function isAlike({ precision }: Row["job"], settings: PythonSettings): boolean {
  return settings.precision === precision && (precision === "bf16" || settings.layout === "contiguous");
}

/**
 * Tries the candidates one after the other, each in a process of its own, and takes the fastest. A candidate that fails (for example in
 * compilation) is reported and left out.
 */
async function findBest(
  row: Row,
  conditions: Conditions,
  start: (settings: PythonSettings) => Promise<Side>,
  { say = () => {}, signal }: Surroundings,
): Promise<{ best?: PythonSettings; trials: RowResult["trials"] }> {
  if (conditions.against === "defaults" || row.candidates.length === 0) return { trials: [] };
  if (conditions.best !== undefined) {
    const best = row.candidates.find((settings) => describeSettings(settings) === conditions.best);
    if (best) return { best, trials: [] };
    const known = row.candidates.map(describeSettings).join('", "');
    throw new ConfigError(
      "ACINUS_CONFIG",
      `${row.name} has no candidate "${conditions.best}" for Python's best; it has "${known}".`,
      { value: conditions.best },
    );
  }
  if (row.candidates.length === 1) return { best: row.candidates[0] as PythonSettings, trials: [] };
  const tried: { settings: PythonSettings; seconds: number }[] = [];
  const failures: { settings: PythonSettings; error: unknown }[] = [];
  for (const settings of row.candidates) {
    say(`trying ${describePython(settings)}`);
    try {
      tried.push({ settings, seconds: await secondsOf(await start(settings)) });
    } catch (error) {
      if (signal?.aborted) throw error;
      say(`${describePython(settings)} failed, and is left out`);
      failures.push({ settings, error });
    }
  }
  if (tried.length === 0) throw failures[0]?.error;
  tried.sort((a, b) => a.seconds - b.seconds);
  const trials: Trial[] = [
    ...tried.map(({ settings, seconds }) => ({ settings: describeSettings(settings), seconds })),
    ...failures.map(({ settings, error }) => ({
      settings: describeSettings(settings),
      failure: error instanceof Error ? error.message : String(error),
    })),
  ];
  return { best: tried[0]?.settings, trials };
}

/** The fastest of two runs after a first. */
async function secondsOf({ contender }: Side): Promise<number> {
  try {
    await contender.run(1);
    return Math.min(...(await contender.run(2)).seconds);
  } finally {
    await contender.close();
  }
}

function sideResult({ ready, rounds }: Side, { peakMemory, eventLoopLag }: Report): SideResult {
  const { versions, parameters, threads } = ready;
  return {
    seconds: summarize(rounds.flatMap(({ seconds }) => seconds)),
    spread: spread(rounds.map(({ seconds }) => seconds)),
    ...{ peakMemory, eventLoopLag, versions, parameters, threads },
  };
}

/** The mean of each result over the runs: each side draws its own random numbers, so one run alone says little. */
function means(rounds: readonly Ran[]): Record<string, number[]> {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const names = Object.keys(rounds[0]?.values ?? {});
  return Object.fromEntries(names.map((name) => [name, [mean(rounds.flatMap(({ values }) => values[name] ?? []))]]));
}
