/** The validation images of a run, found again where they lie now. */
import { basename, dirname, sep } from "node:path";
import type { DataOptions } from "../config/data.js";
import { Dataset } from "../dataset/dataset.js";
import { ruleBefore } from "../dataset/intensity/intensity-map.js";
import { type AcinusError, ConfigError, DataError } from "../errors.js";
import { digest } from "../run/digest.js";
import type { RunSample } from "../run/run-folder.js";
import type { RunRecord } from "./run-record.js";

export interface FoundData {
  /** Undefined where it could not be opened. */
  readonly dataset: Dataset | undefined;
  /** What a reader should know of it, a sentence each. */
  readonly notes: readonly string[];
}

export interface DataPlace {
  /** Where the data is; default: where it was when the run began. */
  readonly data?: string | undefined;
  readonly reading?: DataOptions & { layout?: string | undefined };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the folder and takes the images that the run was validated on, told by their pixels.
 * @throws DataError where `data` was given and cannot be read, or holds none of them.
 */
export async function openValidation(run: RunRecord, { data, reading = {}, signal }: DataPlace): Promise<FoundData> {
  const wanted = run.splits?.validation;
  const folder = data ?? (wanted && commonFolder(wanted));
  if (folder === undefined) return { dataset: undefined, notes: ["The run does not say where its images are."] };
  const { config } = run;
  const problems: AcinusError[] = [];
  try {
    using whole = await Dataset.open(folder, {
      ...reading,
      intensity: reading.intensity ?? config.intensity ?? ruleBefore,
      channels: reading.channels ?? config.channels,
      onProblem: (problem) => void problems.push(problem),
      signal,
    });
    if (!wanted) {
      const note =
        "The run's splits.json is lost: all images of the folder are scored, whether or not the network was trained on them.";
      return { dataset: whole.subset(whole.files.keys()), notes: [note] };
    }
    const { indices, changed } = matched(whole, wanted);
    if (indices.length === 0) throw noneOf(folder, wanted);
    const notes: string[] = [];
    const missing = wanted.length - indices.length;
    if (missing > 0) {
      notes.push(
        `${missing} of the run's ${wanted.length} validation images are not in ${folder}, or were changed; they are not scored.`,
      );
    }
    if (changed > 0)
      notes.push(`The masks of ${changed} validation images were changed since the run; the scores are by the masks of today.`);
    return { dataset: whole.subset(indices), notes };
  } catch (error) {
    const ofData = error instanceof DataError || error instanceof ConfigError;
    if (data !== undefined || signal?.aborted || !ofData) throw error;
    return { dataset: undefined, notes: [`The validation images could not be read: ${error.message}`] };
  }
}

/** The images by their pixels, of equal ones that of the same name; and how many have another mask than they had. */
function matched(data: Dataset, wanted: readonly RunSample[]): { indices: number[]; changed: number } {
  const places = new Map<string, number[]>();
  for (const [i, hash] of data.contentHashes.entries()) {
    const key = digest([hash]);
    places.set(key, [...(places.get(key) ?? []), i]);
  }
  const indices: number[] = [];
  let changed = 0;
  for (const { image, imageDigest, maskDigest } of wanted) {
    const candidates = places.get(imageDigest ?? "") ?? [];
    const named = candidates.findIndex((i) => basename(data.files[i]?.image ?? "") === basename(image));
    const [index] = candidates.splice(Math.max(0, named), 1);
    if (index === undefined) continue;
    indices.push(index);
    if (maskDigest !== undefined && digest([data.maskHashes[index] as string]) !== maskDigest) changed++;
  }
  return { indices, changed };
}

/** The deepest folder that all images and masks lie in. */
export function commonFolder(samples: readonly Pick<RunSample, "image" | "mask">[]): string | undefined {
  let common: string[] | undefined;
  for (const { image, mask } of samples) {
    for (const file of mask === null ? [image] : [image, mask]) {
      const parts = dirname(file).split(sep);
      const known: string[] = common ?? parts;
      const differs = known.findIndex((part, i) => part !== parts[i]);
      common = differs < 0 ? known : known.slice(0, differs);
    }
  }
  if (!common) return undefined;
  return common.join(sep) || (common.length > 0 ? sep : ".");
}

function noneOf(folder: string, wanted: readonly RunSample[]): DataError {
  const message = `${folder} holds none of the ${wanted.length} images that the run was validated on, or all were changed.`;
  return new DataError("ACINUS_DATA_CHANGED", message, {
    file: folder,
    fix: "Give the folder of the validation images; their names do not matter.",
  });
}
