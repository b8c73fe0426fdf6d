import { DataError } from "../errors.js";
import type { RunConfig, RunSample, RunSplits } from "./run-folder.js";

/** A run and the images that it is made of. */
export interface RunContents {
  readonly config: RunConfig;
  /** Undefined where they were lost: what changed then has no name. */
  readonly splits: RunSplits | undefined;
}

const sets = [
  ["train", "training set"],
  ["validation", "validation set"],
] as const;

/**
 * Makes sure that a run goes on with the images and masks that it began with, wherever their files lie now.
 * @throws DataError ACINUS_DATA_CHANGED, naming what changed.
 */
export function assertSameData(stored: RunContents, now: RunContents): void {
  for (const [set, name] of sets) {
    const [before, after] = [stored.config.data[set], now.config.data[set]];
    const masks = before.masks !== undefined && after.masks !== undefined && before.masks !== after.masks;
    if (before.digest === after.digest && before.images === after.images && !masks) continue;
    const [old, current] = [stored.splits?.[set] ?? [], now.splits?.[set] ?? []];
    const changes = changesOf(old, current);
    const [first] = changes;
    const fallback = before.digest === after.digest ? "masks" : before.images === after.images ? "images" : "number of images";
    const what = first
      ? `${first.text}${changes.length > 1 ? ` (and ${changes.length - 1} more changes)` : ""}`
      : `the ${fallback} of the ${name} changed`;
    throw new DataError("ACINUS_DATA_CHANGED", `The run cannot be continued with other data: ${what}.`, {
      file: first?.file,
      value: changes.map(({ text }) => text),
      fix: `The ${name} must be as it was when the run began: restore it, or start a new run in another folder.`,
    });
  }
}

interface Change {
  readonly file: string;
  readonly text: string;
}

/** What became of each image, told by the pixels where the file has another name or place. */
function changesOf(before: readonly RunSample[], after: readonly RunSample[]): Change[] {
  const changes: Change[] = [];
  const known = new Map(before.map((sample, i) => [sample.imageDigest, i]));
  const present = new Set(after.map(({ imageDigest }) => imageDigest));
  const byName = new Map(before.map((sample, i) => [sample.image, i]));
  const found = new Set<number>();
  for (const sample of after) {
    const { image, mask, imageDigest, maskDigest } = sample;
    const at = byName.get(image) ?? known.get(imageDigest);
    const old = at === undefined ? undefined : before[at];
    if (at === undefined || !old) {
      changes.push({ file: image, text: `the image ${image} was added` });
      continue;
    }
    found.add(at);
    if (old.imageDigest !== undefined && old.imageDigest !== imageDigest) {
      changes.push({ file: image, text: `the image ${image} was changed` });
    } else if (old.maskDigest !== undefined && old.maskDigest !== maskDigest) {
      changes.push({ file: mask ?? image, text: `the mask ${mask ?? `of ${image}`} was changed` });
    }
  }
  for (const [i, { image, imageDigest }] of before.entries()) {
    if (found.has(i) || (imageDigest !== undefined && present.has(imageDigest))) continue;
    changes.push({ file: image, text: `the image ${image} is gone` });
  }
  return changes;
}
