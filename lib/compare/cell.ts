/** One system, one seed, one division of the data: trained and scored, or taken as it was left. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { chooseCells } from "../evaluate/choose-cells.js";
import { type Evaluation, Evaluator } from "../evaluate/evaluator.js";
import { filesIn, writeEvaluation } from "../evaluate/summary-files.js";
import { Model } from "../model/model.js";
import { rewriteCheckpoint } from "../model/save.js";
import { Predictor } from "../predict/predictor.js";
import { digestOf } from "../run/digest.js";
import { Trainer } from "../train/trainer.js";
import { multiplyAdds } from "./cost.js";
import type { Division } from "./divide.js";
import { recordOf } from "./metrics.js";
import { chooseShown, drawErrors, type Picture, readSample } from "./pictures.js";
import type { CellOptions, CellPlan } from "./plan.js";
import { type CellRecord, type Cost, cellFormat, writeCell } from "./record.js";
import type { CellSettings } from "./settings.js";
import { trainCell } from "./train-cell.js";

/** In words, for messages and names of folders. */
export function cellName({ row, seed, division }: Pick<CellPlan, "row" | "seed" | "division">): string {
  return `${row.name}.seed-${seed}${division.fold === null ? "" : `.fold-${division.fold}`}`;
}

/** Of what decides the weights, and of what decides the scores as well. */
export function digestsOf({ settings, division, epochs }: CellPlan): { training: string; cell: string } {
  const { model, train, sampler, active, evaluate } = settings;
  const training = digestOf({ model, train, sampler, active, epochs, data: division.digests.training });
  return { training, cell: digestOf({ training, evaluate, data: division.digests.test }) };
}

export function cellFolder(output: string, plan: CellPlan): string {
  return join(output, "cells", `${cellName(plan)}.${digestsOf(plan).cell.slice(0, 8)}`);
}

/** Trains what was not trained before, scores it, and writes down what came out. */
export async function runCell(plan: CellPlan, options: CellOptions): Promise<CellRecord> {
  const { row, seed, division, settings } = plan;
  const { output, signal } = options;
  const folder = cellFolder(output, plan);
  const digests = digestsOf(plan);
  const { run, learning, rounds } = await trainCell(plan, await folderOf(output, plan, digests.training), options);
  options.onScore();
  const weights = existsSync(run.best) ? run.best : run.last;
  const { device, precision } = (await run.readConfig()).train;
  using model = await Model.load(weights, { device, signal });
  const { crf, ...evaluate } = settings.evaluate;
  await chooseRule(model, weights, plan, crf, signal);
  const inference = { ...evaluate, ...(precision === "auto" ? {} : { precision }) };
  const evaluation = await new Evaluator(model, inference).evaluate(division.test, { signal });
  const { pictures, imagesPerSecond } = await draw(new Predictor(model, inference), division, folder, signal);
  const memory = await stepMemory(model, plan, device, signal);
  const { height, width } = division.test.sizes[0] as { height: number; width: number };
  const cost: Cost = {
    ...{ parameters: model.parameterCount, multiplyAdds: multiplyAdds(model, { height, width }) },
    ...{ multiplyAddsSize: [height, width] as const, imagesPerSecond, minutes: learning.minutes, memory },
  };
  await writeEvaluation(filesIn(folder, "summary.json"), evaluation, { data: division.test.folder, weights });
  const record: CellRecord = {
    ...{ format: cellFormat, system: row.name, seed, fold: division.fold, digest: digests.cell },
    ...{ folder: relative(output, folder), run: relative(output, run.path), start: (await run.readConfig()).start ?? null },
    ...{ finished: new Date().toISOString(), configuration: { ...settings, epochs: plan.epochs } },
    ...{ learning, rounds, cost, images: imagesOf(evaluation), pictures },
  };
  await writeCell(folder, record);
  return record;
}

/** Threshold, separation and random field by the validation images. The checkpoint keeps the first rule; another row may need another. */
async function chooseRule(
  model: Model,
  weights: string,
  { division }: CellPlan,
  asked: CellSettings["evaluate"]["crf"] = false,
  signal?: AbortSignal,
): Promise<void> {
  const before = model.cells;
  if (before && !before.crf && asked === false) return;
  const chosen = await chooseCells(model, division.validation, { crf: asked === true ? "choose" : asked, signal });
  model.useCells(chosen?.rule);
  if (!before) await rewriteCheckpoint(model, weights, signal);
}

function imagesOf({ perImageScores }: Evaluation) {
  return perImageScores.map(recordOf);
}

/** The folder of this training whatever row began it: rows that differ in their scoring alone share one. */
async function folderOf(output: string, plan: CellPlan, digest: string): Promise<string> {
  const runs = join(output, "runs");
  const ending = `.${digest.slice(0, 8)}`;
  const there = (await readdir(runs).catch(() => [])).find((name) => name.endsWith(ending));
  return join(runs, there ?? `${cellName(plan)}${ending}`);
}

/** Of a training of this network, bytes. */
async function stepMemory(
  model: Model,
  { settings, division }: CellPlan,
  device: string,
  signal?: AbortSignal,
): Promise<number | null> {
  const { train, validation } = division;
  using trainer = new Trainer(model, { ...settings.train, device, epochs: 1, train, validation });
  return trainer.stepMemory({ signal });
}

/** Predicts the images that are shown, and some more for the pace. */
async function draw(
  predictor: Predictor,
  { test }: Division,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<{ pictures: Picture[]; imagesPerSecond: number | null }> {
  const pictures: Picture[] = [];
  const chosen = chooseShown(test);
  const others = Array.from({ length: test.length }, (_, i) => i).filter((index) => !chosen.includes(index));
  let [seconds, count] = [0, 0];
  for (const [place, index] of [...chosen, ...others.slice(0, Math.max(0, timed - chosen.length))].entries()) {
    const sample = await readSample(test, index);
    if (!sample) continue;
    const { rgb: data, height, width } = sample;
    const start = performance.now();
    const { mask } = await predictor.predict({ data, height, width }, { signal });
    if (place > 0) [seconds, count] = [seconds + (performance.now() - start) / 1000, count + 1];
    if (place >= chosen.length) continue;
    pictures.push(await drawErrors(folder, test.files[index]?.image ?? "", sample, mask, place));
  }
  return { pictures, imagesPerSecond: seconds > 0 ? count / seconds : null };
}

/** Images for the pace, of which the first does not count. */
const timed = 12;
