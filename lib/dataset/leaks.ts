import { DataError } from "../errors.js";
import { checkObject } from "../system/arguments.js";
import type { SampleFiles, TrainableDataset } from "./types.js";

type Listed = Pick<TrainableDataset, "files" | "contentHashes">;

/**
 * How the hash of an image of one single colour begins. Such images (the empty ground of a tiled slide) are alike without being copies: they say
 * nothing about each other and are no leak.
 */
export const blankPrefix = "blank-";

export function isBlank(contentHash: string): boolean {
  return contentHash.startsWith(blankPrefix);
}

/** Two files with the same pixels. */
export interface Twins {
  /** An image. */
  readonly first: SampleFiles;
  /** Another with the same pixels. */
  readonly second: SampleFiles;
}

function checkListed(set: Listed, what: string): void {
  checkObject(set, what, "a Dataset", ["files", "contentHashes"]);
}

/** Images that are in both sets, by content: a validation score over them says nothing. */
export function findLeaks(train: Listed, validation: Listed): Twins[] {
  checkListed(train, "train");
  checkListed(validation, "validation");
  const known = new Map(train.contentHashes.map((hash, i) => [hash, train.files[i] as SampleFiles]));
  return validation.contentHashes.flatMap((hash, i) => {
    const first = isBlank(hash) ? undefined : known.get(hash);
    return first ? [{ first, second: validation.files[i] as SampleFiles }] : [];
  });
}

/** Images that are twice in one set. */
export function findDuplicates(set: Listed): Twins[] {
  checkListed(set, "set");
  const known = new Map<string, SampleFiles>();
  const result: Twins[] = [];
  set.contentHashes.forEach((hash, i) => {
    if (isBlank(hash)) return;
    const second = set.files[i] as SampleFiles;
    const first = known.get(hash);
    if (first) result.push({ first, second });
    else known.set(hash, second);
  });
  return result;
}

/** Throws ACINUS_LEAK when an image is in both sets. */
export function assertNoLeaks(train: Listed, validation: Listed): void {
  const leaks = findLeaks(train, validation);
  const [leak] = leaks;
  if (!leak) return;
  const more = leaks.length > 1 ? ` (and ${leaks.length - 1} more)` : "";
  const message = `${leak.first.image} in the training set and ${leak.second.image} in the validation set are the same image${more}.`;
  throw new DataError("ACINUS_LEAK", message, {
    file: leak.second.image,
    value: leaks.length,
    fix: "Remove it from one of them, or let the set be split: copies then stay together.",
  });
}
