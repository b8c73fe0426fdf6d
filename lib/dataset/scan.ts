/** Reads every sample of a set once and checks it; collects all that is wrong instead of stopping at the first. */
import { webcrypto } from "node:crypto";
import { type DataOptions, dataOptionsSchema } from "../config/data.js";
import { parseConfig } from "../config/parse.js";
import { AcinusError, DataError } from "../errors.js";
import { inOrder } from "../system/concurrency.js";
import type { DecodedImage } from "./decoded.js";
import { ImageReader } from "./images.js";
import type { Layout, LayoutSample, ReadOptions } from "./layouts/layout.js";
import { blankPrefix } from "./leaks.js";
import { decodeTruth } from "./masks.js";
import { describeTruth, Reading } from "./reading.js";
import { type Recognised, recognise } from "./recognise.js";
import type { Truth } from "./truth.js";
import type { ImageSize } from "./types.js";

/** The smallest side that goes into the network: its feature maps are 32 times smaller. */
export const smallestSide = 32;

export interface ScannedPair extends LayoutSample {
  readonly decoded: DecodedImage;
  readonly truth: Truth;
  readonly contentHash: string;
  readonly maskHash: string;
}

export interface ScanOptions extends DataOptions {
  /** How the data lies on disk: a name (see `layouts`) or an adapter of your own. Default: the one layout that fits. */
  layout?: string | Layout;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told how much is done, and of how much. */
  onProgress?: (done: number, total: number) => void;
  /** Sees each sound image with its truth while both are in memory. */
  onPair?: (pair: ScannedPair) => void;
}

export interface Scan extends Recognised {
  readonly reading: Reading;
  /** Reads images as they were read for the scan. */
  readonly images: ImageReader;
  /** What a user should know of how the set is read, a sentence each. */
  readonly notes: readonly string[];
}

/** Calls `accept` for each sound sample, in the order of names; `problems` says what was wrong with the others. */
export async function scan(
  folder: string,
  accept: (pair: ScannedPair, images: ImageReader) => unknown,
  options: ScanOptions = {},
): Promise<Scan> {
  const { intensity } = parseConfig(dataOptionsSchema, options, "data");
  const recognised = await recognise(folder, options.layout);
  const { samples, problems } = recognised;
  const images = new ImageReader(samples, options, intensity);
  const reading = new Reading();
  let done = 0;
  await inOrder(
    samples,
    (sample) => {
      options.signal?.throwIfAborted();
      return readSample(sample, images, options);
    },
    async (result) => {
      if (Array.isArray(result)) problems.push(...result);
      else {
        reading.add(result.truth);
        await accept(result, images);
        options.onPair?.(result);
      }
      options.onProgress?.(++done, samples.length);
    },
  );
  const unknown = reading.unknownClass(folder, options.classes);
  if (unknown) problems.push(unknown);
  return { ...recognised, reading, images, notes: [...images.notes, ...ignoredNotes(reading, options)] };
}

function ignoredNotes(reading: Reading, { ignore = [] }: ScanOptions): string[] {
  if (ignore.length === 0 || reading.ignoring) return [];
  return [`No pixel is ignored: no mask has ${ignore.join(" or ")}.`];
}

/** What was recognised, in one line. */
export function describeScan({ layout, note, reading, samples }: Scan): string {
  const truth = describeTruth(
    reading,
    samples.some(({ readInstances }) => readInstances !== undefined),
  );
  return `${layout.name}: ${layout.title}${note ? ` (${note})` : ""}; ${truth}`;
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
async function maskHash({ mask, width, height }: Truth): Promise<string> {
  return `${width}x${height}-${await sha256(mask)}`;
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

/** Reads an image and its truth. Throws what is no error of the data. */
export async function readSample(
  sample: LayoutSample,
  images: ImageReader,
  options: ReadOptions,
): Promise<ScannedPair | AcinusError[]> {
  const reads = images.read(sample);
  const size = reads.then(({ width, height }): ImageSize => ({ width, height }));
  size.catch(() => undefined); // told with the image
  const truths = sample.readTruth ? sample.readTruth(options, size) : decodeTruth(sample.mask, options);
  const [image, truth] = await Promise.allSettled([reads, truths]);
  const problems = new Set<AcinusError>();
  for (const result of [image, truth]) {
    if (result.status === "fulfilled") continue;
    if (!(result.reason instanceof AcinusError)) throw result.reason;
    problems.add(result.reason);
  }
  if (image.status === "rejected" || truth.status === "rejected") return [...problems];
  const wrong = turnedAlone(sample, image.value, truth.value, options) ?? wrongSize(sample, image.value, truth.value);
  if (wrong) return [wrong];
  const [content, cells] = await Promise.all([contentHash(image.value), maskHash(truth.value)]);
  return { ...sample, decoded: image.value, truth: truth.value, contentHash: content, maskHash: cells };
}

/** Where one of a pair is turned by its file and the other is not, nobody but the user knows whether the pair fits. */
function turnedAlone(
  { image, mask }: LayoutSample,
  decoded: DecodedImage,
  truth: Truth,
  options: ReadOptions,
): DataError | undefined {
  if (options.orientation !== undefined || decoded.turned === truth.turned) return undefined;
  const [turned, other] = decoded.turned !== undefined ? [image, mask] : [mask, image];
  const both = decoded.turned !== undefined && truth.turned !== undefined;
  const says = both
    ? `another EXIF orientation than ${mask}`
    : `the EXIF orientation ${decoded.turned ?? truth.turned} and ${other} carries none`;
  const message = `${both ? image : turned} carries ${says}: one of the pair would be turned and the other not.`;
  return new DataError("ACINUS_SIZE_MISMATCH", message, {
    file: turned,
    value: decoded.turned ?? truth.turned,
    fix: "If the mask was drawn on the pixels as they are stored: --orientation ignore. If on the image as it is shown: --orientation apply.",
  });
}

function wrongSize({ image: file, mask: maskFile }: LayoutSample, image: DecodedImage, mask: ImageSize): DataError | undefined {
  const size = `${image.width}×${image.height}`;
  if (image.width !== mask.width || image.height !== mask.height) {
    const message = `The image ${file} is ${size} pixels but its mask ${maskFile} is ${mask.width}×${mask.height}.`;
    return new DataError("ACINUS_SIZE_MISMATCH", message, {
      file: maskFile,
      value: [mask.width, mask.height],
      fix: "Make the mask in the image's size.",
    });
  }
  if (Math.min(image.width, image.height) >= smallestSide) return undefined;
  const message = `The image ${file} is ${size} pixels; the network needs ${smallestSide} or more on each side.`;
  return new DataError("ACINUS_IMAGE_TOO_SMALL", message, {
    file,
    value: [image.width, image.height],
    fix: "Pad it or leave it out.",
  });
}
