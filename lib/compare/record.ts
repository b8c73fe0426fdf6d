/** What is kept of a system that was trained and scored with one seed on one division of the data: cell.json in a folder of its own. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeOutput } from "../system/output-file.js";
import type { Learning } from "./learning.js";
import type { ImageRecord } from "./metrics.js";
import type { RoundRecord } from "./rounds.js";

export const cellFormat = "acinus-cell-1";

export interface Cost {
  /** Values of the network; null for predictions that are files. */
  readonly parameters: number | null;
  /** Of one pass over an image of `multiplyAddsSize`, without test-time augmentation. */
  readonly multiplyAdds: number | null;
  /** The size of image that they are counted for, px. */
  readonly multiplyAddsSize: readonly [height: number, width: number] | null;
  /** Predicted a second as they were scored, test-time augmentation and post-processing included. */
  readonly imagesPerSecond: number | null;
  /** Of training, mean over the repetitions. */
  readonly minutes: number | null;
  /** Estimated peak of a training step on a CPU, bytes. */
  readonly memory: number | null;
}

/** The cell.json of a finished cell. */
export interface CellRecord {
  readonly format: typeof cellFormat;
  readonly system: string;
  readonly seed: number;
  readonly fold: number | null;
  /** Of everything that decides the result: the file holds for a cell of the same digest alone. */
  readonly digest: string;
  /** Of this file and what belongs to it, relative to the comparison's. */
  readonly folder: string;
  /** The run folder, relative to the comparison's. */
  readonly run: string | null;
  /** What the weights started from: "random", or where they are from. */
  readonly start: string | null;
  readonly finished: string;
  readonly configuration: unknown;
  readonly learning: Learning | null;
  /** Of active learning; null of one training on all images, and missing in files of earlier versions. */
  readonly rounds?: readonly RoundRecord[] | null;
  readonly cost: Cost;
  readonly images: readonly ImageRecord[];
  /** Pictures beside this file, of some of the images. */
  readonly pictures: readonly { readonly image: string; readonly file: string }[];
}

/** Undefined where there is none, or one of something else. What was undefined, null in JSON, is NaN again. */
export async function readCell(folder: string, digest: string): Promise<CellRecord | undefined> {
  const text = await readFile(join(folder, "cell.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as CellRecord;
    if (record.format !== cellFormat || record.digest !== digest) return undefined;
    return { ...record, images: record.images.map(withNaN) };
  } catch {
    return undefined;
  }
}

export async function writeCell(folder: string, record: CellRecord): Promise<void> {
  await writeOutput(join(folder, "cell.json"), `${JSON.stringify(record, null, 1)}\n`);
}

function withNaN(image: ImageRecord): ImageRecord {
  return Object.fromEntries(Object.entries(image).map(([key, value]) => [key, value ?? Number.NaN])) as unknown as ImageRecord;
}
