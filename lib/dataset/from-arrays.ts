/** Samples from images that are in memory, and from images without masks. */
import { webcrypto } from "node:crypto";
import type { NativeSampleStore } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { ignoredPixel } from "../config/data.js";
import { check, checkArray, checkOptions, checkText, isPlain } from "../system/arguments.js";
import { checkRange, checkRgb, checkShape } from "../system/arrays.js";
import type { DecodedImage } from "./decoded.js";
import type { Sample } from "./sample.js";
import { contentHash } from "./scan.js";
import { instancesOf, labelled } from "./truth.js";

/** An image in memory, for `Dataset.from`. The arrays must stay as they are while the data set is open. */
export interface ArraySample {
  /** Default: the sample's number. */
  name?: string;
  /** Samples of one group stay together in splits and folds. Default: each by itself. */
  group?: string;
  /** Interleaved RGB bytes, height · width · 3. */
  image: Uint8Array;
  /** Px. */
  height: number;
  /** Px. */
  width: number;
  /** height · width: 0 background, 1 or 255 a cell, 2 a pixel that is ignored. Left out: an image without a mask. */
  mask?: Uint8Array;
  /** height · width: which pixel is which cell's, 0 for background. Without a mask, its cells are the mask. */
  labels?: Int32Array;
  /** µm per pixel. */
  pixelSize?: number;
}

const known = ["name", "group", "image", "height", "width", "mask", "labels", "pixelSize"];

/** @throws AcinusError ACINUS_INVALID_ARGUMENT naming the sample, where an array is of another kind or length, or holds other values. */
export async function sampleFromArrays(given: ArraySample, at: number, store: NativeSampleStore): Promise<Sample> {
  const what = `samples[${at}]`;
  check(isPlain(given), given, what, "{ image, height, width, mask }");
  checkOptions(given, what, known);
  const { name = String(at), group = name, image, height, width, labels, pixelSize } = given;
  checkText(name, `${what}.name`);
  checkText(group, `${what}.group`);
  checkRgb(image, height, width, `${what}.image`);
  if (given.mask !== undefined) {
    checkArray(given.mask, `${what}.mask`, "Uint8Array");
    checkShape(given.mask, [height, width], `${what}.mask`);
    const right = given.mask.every((value) => value <= ignoredPixel || value === 255);
    check(
      right,
      given.mask.find((value) => value > ignoredPixel && value < 255),
      `${what}.mask`,
      "0, 1, 2 or 255 at each pixel",
    );
  }
  if (labels !== undefined) {
    checkArray(labels, `${what}.labels`, "Int32Array");
    checkShape(labels as unknown as Float32Array, [height, width], `${what}.labels`);
    checkRange(labels as unknown as Float32Array, 0, 2 ** 31 - 1, `${what}.labels`);
  }
  if (pixelSize !== undefined) check(pixelSize > 0, pixelSize, `${what}.pixelSize`, "a number of µm above 0");
  const mask =
    given.mask?.map((value) => (value === 255 ? 1 : value)) ??
    (labels && Uint8Array.from(labels, (label) => (label > 0 ? 1 : 0)));
  return sampleOf({ data: image, height, width, bits: 8, pixelSize }, store, {
    ...{ name, group, image: name },
    ...(mask ? { mask } : {}),
    ...(labels ? { labels } : {}),
  });
}

/** A sample of these pixels, which are read again by `read`, or kept. */
export async function sampleOf(
  image: DecodedImage,
  store: NativeSampleStore,
  about: {
    name: string;
    group: string;
    image: string;
    mask?: Uint8Array;
    labels?: Int32Array;
    read?: () => Promise<DecodedImage>;
  },
): Promise<Sample> {
  const { name, group, mask, labels, read = async () => image } = about;
  const { data, height, width, pixelSize } = image;
  const size = { height, width };
  const files = { image: about.image, mask: mask ? about.image : null };
  const digest = mask && Buffer.from(await webcrypto.subtle.digest("SHA-256", mask as Uint8Array<ArrayBuffer>)).toString("hex");
  const hash = await contentHash(image);
  return call(() => ({
    about: { name, group, files, size, pixelSize },
    ...{ group, files, size, contentHash: hash },
    mask: mask ? native().functional.maskStatistics(mask, height, width) : null,
    maskHash: digest ? `${width}x${height}-${digest}` : null,
    index: store.add(data, mask ?? null, height, width),
    instances: async () => (labels ? instancesOf(labelled(labels, width, height)) : null),
    pixels: async () => ({ image: await read(), mask: mask ?? null }),
  }));
}
