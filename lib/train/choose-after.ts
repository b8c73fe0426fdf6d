import type { FitResult } from "../addon/contract.js";
import { type ChosenCells, chooseCells } from "../evaluate/choose-cells.js";
import { rewriteCheckpoint } from "../model/save.js";
import type { RunParts } from "./trainer-setup.js";

/** What `fit` gives. */
export interface TrainingResult extends FitResult {
  /** What `chooseCells` chose, where it was asked for; null where the validation images show no cell. */
  readonly cells?: ChosenCells | null;
}

/** Chooses how cells are told apart, for the weights that the model holds after a training, and writes it into their checkpoint. */
export async function chooseAfter(
  { model, config, validation, folder }: RunParts,
  { best }: FitResult,
  signal?: AbortSignal,
): Promise<ChosenCells | null> {
  const precision = config.precision === "auto" ? undefined : config.precision;
  const chosen = await chooseCells(model, validation, { precision, signal });
  if (!chosen) return null;
  model.useCells?.(chosen.rule);
  const file = config.restoreBest && best?.checkpoint ? best.checkpoint : folder?.last;
  if (file !== undefined) await rewriteCheckpoint(model, file, signal);
  return chosen;
}
