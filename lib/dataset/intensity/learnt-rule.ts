/** The rule that goes with a trained network, and whether sets were mapped alike. */
import type { IntensityRule, SampleType } from "../../config/intensity.js";
import { DataError } from "../../errors.js";
import { storeView, type TrainableDataset } from "../types.js";
import { levelsOf } from "./measure.js";

/** A set's rule with how bright a network that is trained on it sees its images. */
export async function learntRule(dataset: TrainableDataset): Promise<IntensityRule | undefined> {
  const { intensity } = dataset;
  return intensity && { ...intensity, levels: await levelsOf(dataset[storeView], intensity) };
}

/**
 * Makes sure that a network sees a set as it saw another one.
 * @param from what has the rule, in words, and how a script names it.
 * @throws DataError ACINUS_CONFIG
 */
export function assertMappedAlike(
  { intensity, intensityGiven, files }: TrainableDataset,
  rule: IntensityRule | undefined,
  from: { readonly what: string; readonly script: string },
): void {
  if (!intensity || !rule || intensityGiven) return;
  const differs = intensity.types.find((type) => type !== "uint8" && !alike(intensity, rule, type));
  const bytes = intensity.types.includes("uint8") && !takesBytes(rule);
  if (differs === undefined && !bytes) return;
  const message = `The grey values of ${files[0]?.image} and the images beside it were mapped otherwise than those of ${from.what}.`;
  throw new DataError("ACINUS_CONFIG", message, {
    file: files[0]?.image,
    value: intensity,
    fix: `Open them with the same mapping: Dataset.open(folder, { intensity: ${from.script} })`,
  });
}

function alike(own: IntensityRule, rule: IntensityRule, type: SampleType): boolean {
  const settings = ({ mode, low, high, per, windows }: IntensityRule) => JSON.stringify([mode, low, high, per, windows[type]]);
  return settings(own) === settings(rule);
}

/** Whether bytes are taken as they are: in networks that were trained on bytes alone, or on a default that left bytes alone. */
function takesBytes({ types, windows, mode, per }: IntensityRule): boolean {
  return types.includes("uint8") && windows.uint8 === undefined && mode !== "range" && per !== "image";
}
