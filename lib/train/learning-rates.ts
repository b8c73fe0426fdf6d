import type { LearningRate } from "../config/train.js";
import { learningRateSchema } from "../config/train.js";
import { ConfigError } from "../errors.js";

/**
 * Learning rates by optimizer step, counted from 0: a list, whose last entry holds from there on, or a function of the step and of how many there
 * are in all. An entry is a number, or `{ encoder, rest }` where the encoder learns at another rate.
 */
export type LearningRateByStep = readonly LearningRate[] | ((step: number, steps: number) => LearningRate);

/** The list that a function stands for: it is asked once for every step, so that a run's config.json holds what it said. */
export function listOfRates(given: LearningRateByStep, steps: number): LearningRate[] {
  if (typeof given !== "function") return [...given];
  return Array.from({ length: steps }, (_, step) => {
    const rate = given(step, steps);
    const parsed = learningRateSchema.safeParse(rate);
    if (parsed.success) return parsed.data;
    throw new ConfigError("ACINUS_CONFIG", `learningRates(${step}) is no learning rate.`, {
      value: rate,
      fix: "Give a number of at least 0, or { encoder, rest }.",
    });
  });
}

/** As native code takes them. */
export function nativeRates(rates: readonly LearningRate[]): {
  learningRates: Float64Array;
  encoderLearningRates: Float64Array;
} {
  return {
    learningRates: Float64Array.from(rates, (rate) => (typeof rate === "number" ? rate : rate.rest)),
    encoderLearningRates: Float64Array.from(rates, (rate) => (typeof rate === "number" ? rate : rate.encoder)),
  };
}
