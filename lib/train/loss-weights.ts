import type { LossOptions } from "../addon/contract.js";
import { type LossWeights, lossTerms, lossWeightsSchema, type SomeLossWeights } from "../config/loss.js";
import { parseConfig } from "../config/parse.js";
import { ConfigError } from "../errors.js";

/** Weights by epoch, counted from 0: a list, whose last entry holds from there on, or a function. Terms that are not named have those of `loss`. */
export type LossWeightsByEpoch = readonly SomeLossWeights[] | ((epoch: number) => SomeLossWeights);

/** The list that a function stands for: it is asked once for every epoch, so that a run's config.json holds what it said. */
export function listOfWeights(given: LossWeightsByEpoch, epochs: number): SomeLossWeights[] {
  if (typeof given !== "function") return [...given];
  return Array.from({ length: epochs }, (_, epoch) => parseConfig(lossWeightsSchema, given(epoch), `lossWeights(${epoch})`));
}

/** All weights: `some` over those of `loss`. @throws ConfigError ACINUS_CONFIG when none is above 0. */
export function weightsOver(loss: LossOptions | LossWeights, some: SomeLossWeights, where: string): LossWeights {
  const weights = Object.fromEntries(lossTerms.map((term) => [term, some[term] ?? loss[term]])) as Record<
    keyof LossWeights,
    number
  >;
  if (lossTerms.some((term) => weights[term] > 0)) return weights;
  throw new ConfigError("ACINUS_CONFIG", `${where} leaves no term of the loss a weight.`, {
    value: some,
    fix: `Give a weight above 0 to one of ${lossTerms.join(", ")}.`,
  });
}
