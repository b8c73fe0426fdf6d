import type { AugmentDecisions, SampleKey, TypedTensor } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type AugmentConfig, augmentOptionsSchema } from "../config/augment.js";
import { parseConfig } from "../config/parse.js";
import { checkArray, wrongArgument } from "../system/arguments.js";
import {
  checkFinite,
  checkMask,
  checkNamed,
  checkRgb,
  checkShape,
  checkShapeItself,
  checkSize,
  checkWhole,
  invalid,
  type Shape,
} from "../system/arrays.js";

/** A sample's random numbers depend on these three alone. All 0 by default. */
export interface AugmentKey {
  /** Of everything random, at least 0. Default 0. */
  seed?: number;
  /** At least 0. Default 0. */
  epoch?: number;
  /** Of the sample in its set, at least 0. Default 0. */
  index?: number;
}

/**
 * Augments one image and its mask as training does: flips, rotation, elastic deformation, brightness and contrast.
 * The same key gives the same result.
 * @param image interleaved 8-bit RGB, H·W·3.
 * @param mask H·W, {0, 1} or {0, 255}; the result is {0, 1}.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT, ACINUS_CONFIG
 */
export function augment(
  image: Uint8Array,
  mask: Uint8Array,
  where: { height: number; width: number; options?: AugmentConfig } & AugmentKey,
): { image: Uint8Array; mask: Uint8Array } {
  checkNamed(where, "where");
  const { height, width, options = {} } = where;
  checkRgb(image, height, width, "image");
  checkMask(mask, height, width);
  const key = sampleKey(where);
  const augmentation = parseConfig(augmentOptionsSchema, options, "augment");
  return call(() => native().functional.augment(image, mask, height, width, key, augmentation));
}

/** What `augment` does to the sample of this key. */
export function augmentDecisions(key: AugmentKey, options: AugmentConfig = {}): AugmentDecisions {
  const augmentation = parseConfig(augmentOptionsSchema, options, "augment");
  const complete = sampleKey(key);
  return call(() => native().functional.augmentDecisions(complete, augmentation));
}

/** The elastic deformation of this key: [2, H, W], how far to the right and downwards each pixel is fetched from, px. */
export function displacementField(height: number, width: number, key: AugmentKey, options: AugmentConfig = {}): TypedTensor {
  checkSize(height, width);
  const augmentation = parseConfig(augmentOptionsSchema, options, "augment");
  const complete = sampleKey(key);
  return call(() => native().functional.displacementField(height, width, complete, augmentation));
}

/**
 * Fetches each pixel of `image` [C, H, W] from where `field` [2, H, W] says; reflect-101 outside.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT
 */
export function remap(
  image: Float32Array,
  shape: Shape,
  field: Float32Array,
  interpolation: "bilinear" | "nearest" = "bilinear",
): Float32Array {
  checkShapeItself(shape, "image");
  if (shape.length !== 3) throw invalid(`the shape of image is [${shape.join(", ")}]; it must be [C, H, W].`, shape);
  checkArray(image, "image", "Float32Array");
  checkArray(field, "field", "Float32Array");
  if (interpolation !== "bilinear" && interpolation !== "nearest") {
    throw wrongArgument(interpolation, "interpolation", '"bilinear" or "nearest"');
  }
  checkShape(image, shape, "image");
  checkShape(field, [2, ...shape.slice(1)], "field");
  checkFinite(field, "field");
  return call(() => native().functional.remap(image, shape, field, interpolation === "nearest")).data;
}

function sampleKey(key: AugmentKey): SampleKey {
  checkNamed(key, "key");
  const { seed = 0, epoch = 0, index = 0 } = key;
  checkWhole(seed, "seed");
  checkWhole(epoch, "epoch");
  checkWhole(index, "index");
  return { seed, epoch, index };
}
