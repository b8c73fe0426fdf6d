/** The training of a cell: one on all its images, or rounds of active learning. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runActiveLearning } from "../active/run.js";
import type { TrainEvent } from "../addon/contract.js";
import { AcinusError } from "../errors.js";
import { Model } from "../model/model.js";
import { runFiles } from "../run/files.js";
import { readLog } from "../run/read-log.js";
import { RunFolder } from "../run/run-folder.js";
import { Sampler } from "../train/sampler.js";
import { Trainer, type TrainerOptions } from "../train/trainer.js";
import { isFinished, type Learning, learningOf, oneAfterTheOther } from "./learning.js";
import type { CellOptions, CellPlan } from "./plan.js";
import { type RoundRecord, roundOf } from "./rounds.js";

export interface Trained {
  /** The run folder of the weights that it gives. */
  readonly run: RunFolder;
  readonly learning: Learning;
  /** Of active learning; null of one training on all images. */
  readonly rounds: readonly RoundRecord[] | null;
}

/** @param folder of this training alone. */
export async function trainCell(plan: CellPlan, folder: string, options: CellOptions): Promise<Trained> {
  if (plan.settings.active) return inRounds(plan, folder, options);
  const run = new RunFolder(folder);
  await atOnce(plan, run, options);
  return { run, learning: learningOf(eventsOf(run)), rounds: null };
}

async function atOnce({ settings, division, epochs }: CellPlan, run: RunFolder, options: CellOptions): Promise<void> {
  if (run.holdsRun && existsSync(run.last) && isFinished(eventsOf(run))) return;
  const { device, signal, onTrain } = options;
  const { train, validation } = division;
  const resumed = run.holdsRun && existsSync(run.last);
  const weights = resumed ? "random" : settings.model.weights;
  using model = await Model.create({ ...settings.model, weights, signal });
  const sampler = settings.sampler === "uniform" ? Sampler.uniform(train) : Sampler.byComplexity(train);
  const given: TrainerOptions = { ...settings.train, epochs, train, validation, sampler, runFolder: run, resume: "auto" };
  using trainer = new Trainer(model, device === undefined ? given : { ...given, device });
  const { reason } = await trainer.fit({ signal, onEvent: onTrain });
  if (reason === "stopped") throw signal?.reason ?? new AcinusError("ACINUS_ABORTED", "The training was stopped.");
}

/** As many rounds as there are epochs, where the budget is smaller than the rounds. */
async function inRounds({ settings, division, epochs }: CellPlan, folder: string, options: CellOptions): Promise<Trained> {
  const { device, signal, onTrain, onLook } = options;
  const { train, validation } = division;
  const { active, model, sampler, train: trainer } = settings;
  const { rounds } = await runActiveLearning({
    ...{ ...active, rounds: Math.min(active?.rounds ?? 1, epochs), train, validation, model, sampler, folder },
    trainer: { ...trainer, epochs, ...(device === undefined ? {} : { device }) },
    onEvent: (event) => {
      if (event.type === "train") onTrain(event.event);
      if (event.type === "look") onLook(event.done, event.total);
    },
    ...(signal ? { signal } : {}),
  });
  const runs = rounds.map(({ round }) => new RunFolder(join(folder, `round-${round}`)));
  const logs = runs.map(eventsOf);
  return {
    run: runs.at(-1) as RunFolder,
    learning: learningOf(oneAfterTheOther(logs)),
    rounds: rounds.map((round, i) => roundOf(round, learningOf(logs[i] as TrainEvent[]))),
  };
}

function eventsOf(run: RunFolder): TrainEvent[] {
  return readLog(run.file(runFiles.metrics));
}
