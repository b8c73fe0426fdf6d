/** Samples whose masks are others than those of their files: pseudo-labels. */
import { webcrypto } from "node:crypto";
import type { NativeSampleStore } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { ignoredPixel } from "../config/data.js";
import { check, checkArray, checkOptions, isPlain } from "../system/arguments.js";
import { checkShape } from "../system/arrays.js";
import type { Sample } from "./sample.js";

/** What takes the place of an image's own mask. */
export interface OtherMask {
  /** height · width: 0 background, 1 a cell, 2 a pixel that is ignored. Copied. */
  readonly mask: Uint8Array;
  /**
   * How much the image counts in the loss of a training: what it adds to each term is multiplied by this. At least 0, default 1. A loss function of
   * one's own does not see it.
   */
  readonly weight?: number;
}

/** @throws AcinusError ACINUS_INVALID_ARGUMENT where a mask has another length than its image, or other values. */
export async function relabelled(
  sample: Sample,
  other: OtherMask,
  at: number,
  from: NativeSampleStore,
  into: NativeSampleStore,
): Promise<Sample> {
  const what = `masks.get(${at})`;
  check(isPlain(other), other, what, "{ mask, weight }");
  checkOptions(other, what, ["mask", "weight"]);
  const { weight = 1 } = other;
  const { height, width } = sample.size;
  checkArray(other.mask, `${what}.mask`, "Uint8Array");
  checkShape(other.mask, [height, width], `${what}.mask`);
  check(
    typeof weight === "number" && Number.isFinite(weight) && weight >= 0,
    weight,
    `${what}.weight`,
    "a number of at least 0",
  );
  const mask = other.mask.slice();
  const wrong = mask.find((value) => value > ignoredPixel);
  check(wrong === undefined, wrong, `${what}.mask`, "0, 1 or 2 at each pixel");
  const digest = Buffer.from(await webcrypto.subtle.digest("SHA-256", mask)).toString("hex");
  const files = { image: sample.files.image, mask: sample.files.mask ?? sample.files.image };
  return call(() => ({
    ...sample,
    about: { ...sample.about, files },
    files,
    mask: native().functional.maskStatistics(mask, height, width),
    maskHash: `${width}x${height}-${digest}${weight === 1 ? "" : `-${weight}`}`,
    index: into.addShared(from, sample.index, mask, weight),
    instances: async () => null,
    pixels: async () => ({ ...(await sample.pixels()), mask }),
  }));
}
