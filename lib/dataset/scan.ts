/** Reads every pair of a folder once and checks it; collects all that is wrong instead of stopping at the first. */
import { webcrypto } from "node:crypto";
import { AcinusError, DataError } from "../errors.js";
import { inOrder } from "../system/concurrency.js";
import { type DecodedImage, type DecodedMask, decodeImage, decodeMask } from "./decode.js";
import { blankPrefix } from "./leaks.js";
import { findPairs, type Pair } from "./pairs.js";

/** The smallest side that goes into the network: its feature maps are 32 times smaller (METHOD section 3). */
export const smallestSide = 32;

export interface ScannedPair extends Pair {
  readonly decoded: DecodedImage;
  readonly maskPixels: DecodedMask;
  readonly contentHash: string;
  readonly maskHash: string;
}

export interface ScanOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Calls `accept` for each sound pair, in the order of names; returns what was wrong with the others. */
export async function scan(
  folder: string,
  accept: (pair: ScannedPair) => void,
  options: ScanOptions = {},
): Promise<AcinusError[]> {
  const { pairs, problems } = await findPairs(folder);
  let done = 0;
  await inOrder(
    pairs,
    (pair) => {
      options.signal?.throwIfAborted();
      return readPair(pair);
    },
    (result) => {
      if (Array.isArray(result)) problems.push(...result);
      else accept(result);
      options.onProgress?.(++done, pairs.length);
    },
  );
  return problems;
}

/** Equal for equal pixels, whatever the file format. */
export async function contentHash({ data, width, height }: DecodedImage): Promise<string> {
  const size = `${width}x${height}`;
  const colour = data.subarray(0, 3);
  let same = 3; // values before the first that differs from its pixel's left neighbour
  while (same < data.length && data[same] === data[same - 3]) same++;
  if (same === data.length) return `${blankPrefix}${size}-${colour.join(",")}`;
  return `${size}-${await sha256(data)}`;
}

/** Equal for masks with the same cell pixels, whatever the file format. */
async function maskHash({ data, width, height }: DecodedMask): Promise<string> {
  return `${width}x${height}-${await sha256(data)}`;
}

async function sha256(data: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString("hex");
}

/** One error for all problems: the first one's class and code, the first few messages, the count. */
export function summarize(folder: string, problems: readonly AcinusError[]): AcinusError {
  const [first] = problems as [AcinusError];
  if (problems.length === 1) return first;
  const lines = problems.slice(0, 3).map((problem) => `\n  ${problem.message}`);
  const rest = problems.length > 3 ? `\n  … and ${problems.length - 3} more.` : "";
  const Class = first.constructor as typeof AcinusError;
  const message = `${problems.length} problems in ${folder}:${lines.join("")}${rest}`;
  return new Class(first.code, message, { file: first.file, value: first.value, problems, cause: first });
}

async function readPair(pair: Pair): Promise<ScannedPair | AcinusError[]> {
  const [image, mask] = await Promise.allSettled([decodeImage(pair.image), decodeMask(pair.mask)]);
  const problems: AcinusError[] = [];
  for (const result of [image, mask]) {
    if (result.status === "fulfilled") continue;
    if (!(result.reason instanceof AcinusError)) throw result.reason;
    problems.push(result.reason);
  }
  if (image.status === "rejected" || mask.status === "rejected") return problems;
  const wrong = wrongSize(pair, image.value, mask.value);
  if (wrong) return [wrong];
  const [content, cells] = await Promise.all([contentHash(image.value), maskHash(mask.value)]);
  return { ...pair, decoded: image.value, maskPixels: mask.value, contentHash: content, maskHash: cells };
}

function wrongSize(pair: Pair, image: DecodedImage, mask: DecodedMask): DataError | undefined {
  const size = `${image.width}×${image.height}`;
  if (image.width !== mask.width || image.height !== mask.height) {
    const message = `The image ${pair.image} is ${size} pixels but its mask ${pair.mask} is ${mask.width}×${mask.height}.`;
    return new DataError("ACINUS_SIZE_MISMATCH", message, {
      file: pair.mask,
      value: [mask.width, mask.height],
      fix: "Make the mask in the image's size.",
    });
  }
  if (Math.min(image.width, image.height) >= smallestSide) return undefined;
  const message = `The image ${pair.image} is ${size} pixels; the network needs ${smallestSide} or more on each side.`;
  return new DataError("ACINUS_IMAGE_TOO_SMALL", message, {
    file: pair.image,
    value: [image.width, image.height],
    fix: "Pad it or leave it out.",
  });
}
