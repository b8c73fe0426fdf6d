/** Which images are trained on, which choose the best epoch and the threshold, and which are scored: the same for all systems. */
import type { Dataset } from "../dataset/dataset.js";
import { assertNoLeaks } from "../dataset/leaks.js";
import { ConfigError } from "../errors.js";
import { digestOf } from "../run/digest.js";

export interface DivideOptions {
  /** Chooses; without it a part of the data does. */
  readonly validation?: Dataset;
  /** Is scored; without it a part of the data is. */
  readonly test?: Dataset;
  /** Parts of the data that are scored in turn, or where `test` is given, that choose in turn. */
  readonly folds?: number;
  /** Shares of the data for what is not given as a set of its own. */
  readonly shares: { readonly validation: number; readonly test: number };
  readonly seed: number;
}

/** One way to divide the data. */
export interface Division extends Disposable {
  /** From 0; null without folds. */
  readonly fold: number | null;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Of the images and masks that training sees, and of those that are scored. */
  readonly digests: { readonly training: string; readonly test: string };
}

/** @throws ConfigError ACINUS_CONFIG where nothing is left to fold; DataError ACINUS_LEAK where an image is on two sides. */
export function divide(data: Dataset, options: DivideOptions): Division[] {
  const { validation, test, folds, shares, seed } = options;
  if (validation) assertNoLeaks(data, validation);
  if (test) assertNoLeaks(data, test);
  if (validation && test) assertNoLeaks(validation, test);
  if (folds === undefined) return [divided(data, null, options)];
  if (validation && test) {
    throw new ConfigError("ACINUS_CONFIG", "Validation and test images are sets of their own: nothing is left to fold.", {
      value: folds,
      fix: "Leave out folds, validation or test.",
    });
  }
  const parts = foldsOf(data, folds, seed);
  return parts.map(([rest, part], fold) => {
    if (test) return division(fold, rest, part, all(test));
    if (validation) return division(fold, rest, all(validation), part);
    const { train, validation: chosen } = rest.split({ validation: shares.validation, seed });
    rest.close();
    return division(fold, train, chosen, part);
  });
}

function divided(data: Dataset, fold: null, { validation, test, shares, seed }: DivideOptions): Division {
  if (validation && test) return division(fold, all(data), all(validation), all(test));
  if (test) {
    const parts = data.split({ validation: shares.validation, seed });
    return division(fold, parts.train, parts.validation, all(test));
  }
  if (validation) {
    const parts = data.split({ validation: shares.test, seed });
    return division(fold, parts.train, all(validation), parts.validation);
  }
  const parts = data.split({ validation: shares.validation, test: shares.test, seed });
  return division(fold, parts.train, parts.validation, parts.test);
}

/** Each part beside the rest: a split takes one of as many parts as are left, so that shares with and without cells are alike in all. */
function foldsOf(data: Dataset, count: number, seed: number): [rest: Dataset, part: Dataset][] {
  const parts: number[][] = [];
  let left = Array.from({ length: data.length }, (_, i) => i);
  for (let remaining = count; remaining > 1; remaining--) {
    using all = data.subset(left);
    const { train, validation } = all.split({ validation: 1 / remaining, seed });
    const taken = placesOf(all, validation);
    parts.push(left.filter((_, i) => taken.has(i)));
    left = left.filter((_, i) => !taken.has(i));
    train.close();
    validation.close();
  }
  parts.push(left);
  return parts.map((part) => {
    const inside = new Set(part);
    return [data.subset(Array.from({ length: data.length }, (_, i) => i).filter((i) => !inside.has(i))), data.subset(part)];
  });
}

/** Places in `all` of the images of a part. */
function placesOf(all: Dataset, part: Dataset): Set<number> {
  const files = new Set(part.files);
  return new Set(all.files.flatMap((file, i) => (files.has(file) ? [i] : [])));
}

/** A view of its own, which a division may close. */
function all(data: Dataset): Dataset {
  return data.subset(Array.from({ length: data.length }, (_, i) => i));
}

function division(fold: number | null, train: Dataset, validation: Dataset, test: Dataset): Division {
  const contents = ({ contentHashes, maskHashes }: Dataset) => digestOf([contentHashes, maskHashes]);
  const digests = { training: digestOf([contents(train), contents(validation)]), test: contents(test) };
  return {
    ...{ fold, train, validation, test, digests },
    [Symbol.dispose]: () => {
      for (const set of [train, validation, test]) set.close();
    },
  };
}
