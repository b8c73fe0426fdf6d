/** Scores of predictions that are files, whoever made them. */
import { basename, parse } from "node:path";
import { call, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { emptyScoreOf, evaluatorOptionsSchema, type SummaryOptions } from "../config/inference.js";
import { parseConfig } from "../config/parse.js";
import { Folder } from "../dataset/folder.js";
import { decodeTruth } from "../dataset/masks.js";
import { instancesOf } from "../dataset/truth.js";
import { loadInstances, storeView, type TrainableDataset } from "../dataset/types.js";
import { DataError } from "../errors.js";
import { checkOptions, checkPath } from "../system/arguments.js";
import { type Evaluation, evaluationOf } from "./evaluation.js";
import { checkScorable } from "./scorable.js";

export interface ScoreOptions extends SummaryOptions {
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told how much is done, and of how much. */
  onProgress?: (done: number, total: number) => void;
}

/** What may stand between an image's name and the ending: labels first, since they tell cells apart. */
const labels = /[-_. ](labels?|labelled|cp_masks|instances?|inst)$/i;
const masks = /[-_. ](masks?|pred|prediction|predicted|seg|segmentation|output)$/i;
/** Results of acinus that are no masks. */
const others = /-(prob|overlay)$/i;

/**
 * Scores the files of a folder: masks (0 and one other value: components are cells) or labels (one number a cell, PNG, TIFF or any mask that a
 * data set may hold). A file belongs to the image of its name, with an ending such as `-labels`, `_cp_masks`, `_mask` or `_pred` or without.
 * @throws DataError ACINUS_MISSING_MASK where an image has no prediction, ACINUS_SIZE_MISMATCH, MaskValueError where a file is neither.
 */
export async function scorePredictions(
  folder: string,
  dataset: TrainableDataset,
  options: ScoreOptions = {},
): Promise<Evaluation> {
  checkPath(folder, "folder");
  checkScorable(dataset);
  checkOptions(options, "options", ["emptyPolicy", "bootstrapRounds", "seed", "worst", "signal", "onProgress"]);
  const { signal, onProgress = () => undefined, ...rest } = options;
  const { emptyPolicy, bootstrapRounds, seed, worst } = parseConfig(evaluatorOptionsSchema, rest, "options");
  const emptyScore = emptyScoreOf(emptyPolicy);
  const predictions = await predictionsOf(folder, dataset);
  await dataset[loadInstances]?.(signal);
  const { store, indices } = dataset[storeView];
  const scorer = call(() => new (native().Scorer)());
  for (const [i, file] of predictions.entries()) {
    signal?.throwIfAborted();
    const truth = await decodeTruth(file, labels.test(parse(file).name) ? { maskValues: "labels" } : {});
    const { height, width } = dataset.sizes[i] as { height: number; width: number };
    if (truth.height !== height || truth.width !== width) {
      const message = `${file} is ${truth.width}×${truth.height} px, and its image ${width}×${height}.`;
      throw new DataError("ACINUS_SIZE_MISMATCH", message, {
        file,
        value: { height: truth.height, width: truth.width },
        fix: "Predictions must have the size of their images.",
      });
    }
    const index = indices[i] as number;
    const cells = instancesOf(truth).labels;
    await settle(() => scorer.add(store, index, cells, height, width, truth.kind === "labels", emptyScore), signal);
    onProgress(i + 1, predictions.length);
  }
  const summary = { threshold: Number.NaN, emptyScore, bootstrapRounds, seed };
  const scores = await settle(() => scorer.summary(summary), signal);
  return evaluationOf(scores, dataset, { emptyPolicy, tta: false, worst, predictions });
}

/** A file for each image, in the data set's order. */
async function predictionsOf(path: string, { files }: TrainableDataset): Promise<string[]> {
  const folder = await Folder.open(path);
  const known = new Map<string, string[]>();
  for (const file of [...folder.images(), ...folder.ending(".npy")]) {
    const { name } = parse(file);
    if (others.test(name)) continue;
    for (const stem of new Set([name, name.replace(labels, ""), name.replace(masks, "")])) {
      known.set(stem.toLowerCase(), [...(known.get(stem.toLowerCase()) ?? []), file]);
    }
  }
  const rank = (file: string) => [labels, masks].findIndex((suffix) => suffix.test(parse(file).name));
  const missing: string[] = [];
  const found = files.map(({ image }) => {
    const names = [basename(image), parse(image).name].map((name) => name.toLowerCase());
    const candidates = names.flatMap((name) => known.get(name) ?? []).filter((file) => file !== image);
    const best = candidates.sort((a, b) => order(rank(a)) - order(rank(b)))[0];
    if (best === undefined) missing.push(image);
    return best ?? "";
  });
  const [first] = missing;
  if (first === undefined) return found;
  const more = missing.length > 1 ? ` (and none of ${missing.length - 1} more images)` : "";
  throw new DataError("ACINUS_MISSING_MASK", `${path} holds no prediction of ${basename(first)}${more}.`, {
    file: first,
    value: missing,
    fix: "Name each prediction as its image, for example a.png or a-labels.tif of a.jpg; an empty mask where nothing was found.",
  });
}

/** Labels first, then files without a suffix, then masks. */
function order(rank: number): number {
  return rank === 0 ? 0 : rank === -1 ? 1 : 2;
}
