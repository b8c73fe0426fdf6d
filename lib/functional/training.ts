import { z } from "zod";
import type { ValidationVerdict } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { parseConfig } from "../config/parse.js";
import {
  type MonitorConfig,
  monitorOptionsSchema,
  type OutlierLimits,
  type ScheduleConfig,
  scheduleOptionsSchema,
} from "../config/train.js";
import { numbersOf, wrongArgument } from "../system/arguments.js";
import { checkNamed, checkNumber, checkWhole, invalid } from "../system/arrays.js";

export type { ScheduleConfig };

export const outlierOptionsSchema = monitorOptionsSchema
  .pick({ outlierThreshold: true, outlierWindow: true, outlierMinimum: true, madFloor: true })
  .extend({
    higherIsBetter: z.boolean().default(true),
  });

/** The part of the validation options that the outlier test looks at. */
export interface OutlierConfig extends OutlierLimits {
  /** False for a loss. Default true. */
  higherIsBetter?: boolean;
}

/**
 * Learning rate and AdamW's beta1 of one optimizer step (paper eq. 5), as PyTorch's `OneCycleLR` gives them.
 * @param step 0 … totalSteps − 1.
 * @returns beta1 null when `cycleMomentum` is off.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG
 */
export function oneCycle(
  step: number,
  options: ScheduleConfig & { totalSteps: number },
): { learningRate: number; beta1: number | null } {
  checkNamed(options, "options");
  const { totalSteps, ...rest } = options;
  checkWhole(totalSteps, "totalSteps", 1);
  checkWhole(step, "step");
  if (step >= totalSteps) throw invalid(`step is ${step}; with ${totalSteps} steps the last one is ${totalSteps - 1}.`, step);
  const schedule = parseConfig(scheduleOptionsSchema, rest, "schedule");
  return call(() => native().functional.oneCycle(step, totalSteps, schedule));
}

/**
 * Drop-connect of one encoder block in one training step: 1 for each sample of the batch whose branch is kept, 0 where only the block's
 * input goes on. Kept branches are scaled by 1 / (1 − probability).
 * @param where `seed` of the run, `step` in batches from 0, `block` of the encoder from 0, `batch` samples; the method's `probability` is
 * dropConnectRate · block / blocks, and only blocks with a skip connection have a branch to leave out.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT
 */
export function dropConnectMask(where: {
  seed?: number;
  step?: number;
  block: number;
  batch: number;
  probability: number;
}): Uint8Array {
  checkNamed(where, "where");
  const { seed = 0, step = 0, block, batch, probability } = where;
  checkWhole(seed, "seed");
  checkWhole(step, "step");
  checkWhole(block, "block");
  checkWhole(batch, "batch", 1);
  checkNumber(probability, "probability", 0, 1);
  return call(() => native().functional.dropConnectMask({ seed, step, block, batch, probability }));
}

/**
 * Whether a validation value is worse than the median of the last accepted ones by more than `limit` (paper eq. 6). An improvement is
 * never an outlier; a value that is not finite always is.
 * @param history accepted values, oldest first; with fewer than `outlierMinimum` nothing is an outlier.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG
 */
export function outlierTest(
  history: ArrayLike<number>,
  value: number,
  options: OutlierConfig = {},
): { outlier: boolean; median: number; limit: number } {
  const accepted = Float64Array.from(numbersOf(history, "history"));
  if (typeof value !== "number") throw wrongArgument(value, "value", "a number");
  const at = accepted.findIndex((past) => !Number.isFinite(past));
  if (at >= 0) throw invalid(`history[${at}] is ${accepted[at]}; it must be a finite number.`, accepted[at]);
  const test = parseConfig(outlierOptionsSchema, options, "outlierTest");
  return call(() => native().functional.outlierTest(accepted, value, test));
}

/** A run's verdict on each of these validation values, in turn: average, outlier, best (paper eq. 6). */
export function validationTrace(values: ArrayLike<number>, options: MonitorConfig = {}): ValidationVerdict[] {
  const monitor = parseConfig(monitorOptionsSchema, options, "monitor");
  return call(() => native().functional.validationTrace(Float64Array.from(numbersOf(values, "values")), monitor));
}
