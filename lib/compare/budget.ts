/** How long each system is trained. */
import { z } from "zod";
import { parseConfig } from "../config/parse.js";
import { Model } from "../model/model.js";
import { digestOf } from "../run/digest.js";
import { Trainer } from "../train/trainer.js";
import type { Division } from "./divide.js";
import type { CellSettings } from "./settings.js";

const amount = z.number().positive().max(1e9).optional();

/** How long each system is trained: one of the three. */
export interface Budget {
  /** Passes over the training images, 1 to 1,000,000. By default none. */
  epochs?: number;
  /** Steps (batches), 1 to 1,000,000,000. By default none. */
  steps?: number;
  /** Minutes on this machine, above 0, at most 1,000,000,000. By default none. */
  minutes?: number;
}

export const budgetSchema = z
  .strictObject({
    epochs: z.int().min(1).max(1_000_000).optional(),
    steps: z.int().min(1).max(1e9).optional(),
    minutes: amount,
  })
  .refine((budget) => Object.values(budget).filter((value) => value !== undefined).length === 1, {
    error: "must name one of epochs, steps and minutes",
  });

export function parseBudget(budget: Budget): Budget {
  return parseConfig(budgetSchema, budget, "options.budget");
}

/** What was measured to turn minutes into epochs, by the digest of what was measured. */
export type Pilots = Record<string, { readonly system: string; readonly epochs: number; readonly secondsPerEpoch: number }>;

/** Batches of an epoch. */
export function stepsPerEpoch(images: number, { batch = 4 }: { batch?: number }): number {
  return Math.ceil(images / batch);
}

/** Of a budget in epochs or steps; undefined for minutes, which take a measurement. At least 1. */
export function plannedEpochs(budget: Budget, steps: number): number | undefined {
  if (budget.epochs !== undefined) return budget.epochs;
  return budget.steps === undefined ? undefined : Math.max(1, Math.round(budget.steps / steps));
}

/** What a measured pace depends on: neither seed nor fold. */
export function pilotKey(settings: CellSettings, minutes: number, { train, validation }: Division): string {
  const { seed: _model, ...model } = settings.model;
  const { seed: _train, ...rest } = settings.train;
  return digestOf({ minutes, model, train: rest, sets: [train.length, validation.length] });
}

const warmUp = 2;
const timed = 8;

/** Times some steps and a validation of a network that is thrown away. @returns seconds of an epoch with its validation */
export async function secondsPerEpoch(settings: CellSettings, division: Division, signal?: AbortSignal): Promise<number> {
  const { train, validation } = division;
  using model = await Model.create({ ...settings.model, weights: "random", signal });
  using trainer = new Trainer(model, { ...settings.train, train, validation, epochs: 1 });
  using loop = await trainer.begin({ signal });
  const batch = trainer.config.batch;
  const order = Array.from({ length: (warmUp + timed) * batch }, (_, i) => i % train.length);
  let start = performance.now();
  let done = 0;
  for (const part of loop.batches(order, 0)) {
    if (done++ === warmUp) start = performance.now();
    await loop.step(part, { signal });
  }
  const step = (performance.now() - start) / (done - warmUp);
  start = performance.now();
  await loop.validate({ signal });
  const { every } = trainer.config.monitor;
  return (step * stepsPerEpoch(train.length, trainer.config) + (performance.now() - start) / every) / 1000;
}
