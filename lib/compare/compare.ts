/** Trains and scores systems on the same images with the same seeds and budget, and says which differences are real. */
import { join } from "node:path";
import type { Dataset } from "../dataset/dataset.js";
import { requireFolder, requireWritable, writeOutput } from "../system/output-file.js";
import { cellFolder, digestsOf, runCell } from "./cell.js";
import type { Comparison, Failure } from "./comparison.js";
import { divide } from "./divide.js";
import { type CellName, type CompareConfig, type CompareOptions, parseOptions } from "./options.js";
import { comparisonPage } from "./page/page.js";
import type { CellPlan } from "./plan.js";
import { scorePredictionRow } from "./predicted-row.js";
import { type CellRecord, readCell } from "./record.js";
import { devicesOf, onDevices, planCells, stepsOf } from "./schedule.js";
import { summarise } from "./summarise.js";

/**
 * Trains every system that was not trained before into `output`, scores it, and writes `comparison.json` and the page `comparison.html`. Where
 * one fails the others go on; the comparison names it. Called again after a stop it goes on where it was.
 * @throws ConfigError ACINUS_CONFIG; DataError as of `Trainer`; AcinusError ACINUS_FILE_EXISTS, before anything is trained; `signal.reason`.
 */
export async function compare(data: Dataset, options: CompareOptions): Promise<Comparison> {
  const config = parseOptions(data, options);
  const { output, validation, test, folds, seed, validationShare, testShare } = config;
  const files = { json: join(output, "comparison.json"), page: join(output, "comparison.html") };
  await requireFolder(output);
  for (const file of Object.values(files)) await requireWritable(file);
  const shares = { validation: validationShare, test: testShare };
  const divisions = divide(data, { validation, test, folds, shares, seed });
  try {
    const { records, failures } = await runCells(config, await planCells(config, divisions));
    for (const [name, folder] of Object.entries(config.predictions)) {
      for (const division of divisions) {
        await attempt(config, { system: name, seed: 0, fold: division.fold }, failures, async () => {
          records.push(await scorePredictionRow(name, folder, division, config));
        });
      }
    }
    const comparison = await summarise(config, data, divisions, records, failures);
    await writeOutput(files.json, `${JSON.stringify(comparison, null, 1)}\n`);
    await writeOutput(files.page, comparisonPage(comparison));
    return comparison;
  } finally {
    for (const division of divisions) division[Symbol.dispose]();
  }
}

interface Results {
  readonly records: CellRecord[];
  readonly failures: Failure[];
}

async function runCells(config: CompareConfig, plans: readonly CellPlan[]): Promise<Results> {
  const { output, onEvent, signal } = config;
  const [records, failures, open]: [CellRecord[], Failure[], CellPlan[]] = [[], [], []];
  let done = 0;
  for (const plan of plans) {
    const record = await readCell(cellFolder(output, plan), digestsOf(plan).cell);
    if (record) records.push(record);
    else open.push(plan);
    if (record) done += stepsOf(plan);
  }
  const steps = plans.reduce((sum, plan) => sum + stepsOf(plan), 0);
  onEvent({ type: "plan", cells: plans.length, finished: records.length, steps, done });
  for (const { system, seed, fold } of records) onEvent({ type: "cell", cell: { system, seed, fold }, state: "reused" });
  const devices = devicesOf(config);
  await onDevices(devices, inTurn(open), async (group, device) => {
    for (const plan of group) {
      const cell = nameOf(plan);
      const begun = done;
      await attempt(config, cell, failures, async () => {
        onEvent({ type: "cell", cell, state: "training" });
        const record = await runCell(plan, {
          ...{ output, device, signal },
          onTrain: (event) => {
            if (event.type === "start") done += event.epoch * event.stepsPerEpoch;
            if (event.type === "step") done++;
            onEvent({ type: "train", cell, event, done });
          },
          onLook: (looked, total) => onEvent({ type: "look", cell, done: looked, total }),
          onScore: () => onEvent({ type: "cell", cell, state: "scoring" }),
        });
        records.push(record);
        onEvent({ type: "cell", cell, state: "done" });
      });
      if (devices.length === 1) done = begun + stepsOf(plan); // whatever was resumed, shared or failed
    }
  });
  return { records: records.sort((a, b) => a.seed - b.seed || (a.fold ?? 0) - (b.fold ?? 0)), failures };
}

/** Cells that share a training stay together and in order: the first trains, the others score its weights. */
function inTurn(plans: readonly CellPlan[]): CellPlan[][] {
  const groups = new Map<string, CellPlan[]>();
  for (const plan of plans) {
    const key = digestsOf(plan).training;
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  return [...groups.values()];
}

/** A failure is written down and told; an abort, and wrong use, end everything. */
async function attempt(
  { onEvent, signal }: CompareConfig,
  cell: CellName,
  failures: Failure[],
  work: () => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  try {
    await work();
  } catch (error) {
    if (signal?.aborted) throw error;
    const failure = error instanceof Error ? error : new Error(String(error));
    const { code = "", message } = failure as Error & { code?: string };
    failures.push({ ...cell, code: String(code), message });
    onEvent({ type: "failed", cell, error: failure });
  }
}

function nameOf({ row, seed, division }: CellPlan): CellName {
  return { system: row.name, seed, fold: division.fold };
}
