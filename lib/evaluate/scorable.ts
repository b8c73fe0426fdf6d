import type { TrainableDataset } from "../dataset/types.js";
import { DataError } from "../errors.js";
import { checkObject } from "../system/arguments.js";

/** @throws DataError ACINUS_EMPTY_SET, ACINUS_MISSING_MASK: only images with a known truth can be scored. */
export function checkScorable(dataset: TrainableDataset): void {
  checkObject(dataset, "dataset", "a Dataset", ["length", "files", "sizes", "maskStatistics"]);
  if (dataset.length === 0) throw new DataError("ACINUS_EMPTY_SET", "There are no images to evaluate.", { value: 0 });
  const unmasked = dataset.files.find((_, index) => dataset.maskStatistics[index] === null);
  if (!unmasked) return;
  throw new DataError("ACINUS_MISSING_MASK", `The image ${unmasked.image} has no mask to compare with.`, {
    file: unmasked.image,
    fix: "Add its mask or leave the image out.",
  });
}
