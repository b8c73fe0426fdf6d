/** The training of a round: on its pool, and on images with pseudo-labels. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FitResult } from "../addon/contract.js";
import { AcinusError } from "../errors.js";
import { Model } from "../model/model.js";
import { Sampler } from "../train/sampler.js";
import { Trainer } from "../train/trainer.js";
import type { Looked } from "./look.js";
import type { ParsedActive } from "./options.js";
import { PoolSampler } from "./pool.js";
import type { ActiveRound } from "./record.js";
import { runOf } from "./state.js";

/**
 * Continues the round's run where there is one.
 * @param rounds those before. @param pool indices of the training set. @param labels of images outside of the pool.
 */
export async function trainRound(
  { train, validation, model: options, trainer, sampler, folder, epochs, seed, active, signal, onEvent }: ParsedActive,
  rounds: readonly ActiveRound[],
  pool: readonly number[],
  labels: Looked["pseudo"],
): Promise<FitResult & { steps: number }> {
  const round = rounds.length + 1;
  const before = rounds.at(-1);
  const run = runOf(folder, round);
  const resumed = run.holdsRun && existsSync(run.last);
  const warm = before && active.start === "warm" && !resumed;
  using network = warm
    ? await Model.load(join(folder, before.weights), { signal })
    : await Model.create({ ...options, ...(resumed ? { weights: "random" } : {}), signal });
  const weighed = new Map([...labels].map(([index, { mask }]) => [index, { mask, weight: active.pseudoWeight }]));
  using all = await train.withMasks(weighed);
  using images = all.subset([...pool, ...labels.keys()]);
  const roundSeed = seed + 10_000 * rounds.length;
  const by = sampler === "complexity" ? Sampler.byComplexity(images).weights : undefined;
  using fitting = new Trainer(network, {
    ...trainer,
    ...{ train: images, validation, epochs: epochs[rounds.length] as number, seed: roundSeed },
    ...{ sampler: new PoolSampler(images.length, train.length, roundSeed, by), runFolder: run, resume: "auto" },
  });
  let steps = 0;
  const result = await fitting.fit({
    signal,
    onEvent: (event) => {
      if (event.type === "start") steps = event.totalSteps;
      onEvent({ type: "train", round, event });
    },
  });
  if (result.reason === "stopped") throw signal?.reason ?? new AcinusError("ACINUS_ABORTED", "The training was stopped.");
  return { ...result, steps };
}
