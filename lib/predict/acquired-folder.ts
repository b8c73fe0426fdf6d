/** The images to annotate next, in a folder: copies of them, maps of the uncertainty, and a table. */
import { createReadStream } from "node:fs";
import { extname, join } from "node:path";
import { csvField } from "../system/csv-field.js";
import { loadSharp } from "../system/image-library.js";
import { beginOutput, type OutputOptions, requireFolder, requireWritable, writeOutput } from "../system/output-file.js";
import type { AcquiredImage } from "./active-learning.js";
import { folderFix, nameResults } from "./result-names.js";
import type { Uncertainty } from "./uncertainty.js";

export interface WrittenAcquisition extends AcquiredImage {
  /** The copy. */
  readonly copy: string;
  /** The map of what the images were ranked by, as grey PNG: 255 is ln 2, the most that there can be. Missing where chance decided. */
  readonly map?: string;
}

/** Makes sure that the table may be written, before long work. @throws AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED */
export async function checkAcquiredFolder(folder: string): Promise<void> {
  await requireFolder(folder);
  await requireWritable(join(folder, tableName), { fix: folderFix });
}

/**
 * Writes `images/` (copies), `uncertainty/` (maps) and `acquired.csv`. Files that acinus did not write stay as they are.
 * @param mapOf the uncertainty of an image, where there is any. @throws AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED
 */
export async function writeAcquired(
  folder: string,
  acquired: readonly AcquiredImage[],
  mapOf: ((image: string) => Promise<Pick<Uncertainty, "height" | "width"> & { values: Float32Array }>) | undefined,
): Promise<{ images: WrittenAcquisition[]; table: string }> {
  await checkAcquiredFolder(folder);
  const [copies, maps] = [join(folder, "images"), join(folder, "uncertainty")];
  const images = acquired.map(({ image }) => image);
  const names = await nameResults(copies, images, [...new Set(images.map((image) => extname(image)))], []);
  const written: WrittenAcquisition[] = [];
  for (const one of acquired) {
    const { base, from } = names.get(one.image) as { base: string; from: string };
    const options = { inputs: [one.image], from, fix: folderFix };
    const copy = join(copies, base + extname(one.image));
    await copyInto(copy, one.image, options);
    if (!mapOf) {
      written.push({ ...one, copy });
      continue;
    }
    const map = join(maps, `${base}.png`);
    await writeOutput(map, await greyPng(await mapOf(one.image)), options);
    written.push({ ...one, copy, map });
  }
  const table = join(folder, tableName);
  const rows = written.map(({ rank, image, meanEntropy = "", meanBald = "" }) => [
    rank,
    csvField(image),
    meanEntropy,
    meanBald,
  ]);
  const lines = [["rank", "image", "meanEntropy", "meanBald"], ...rows].map((row) => `${row.join(",")}\n`);
  await writeOutput(table, lines.join(""), { inputs: images, fix: folderFix });
  return { images: written, table };
}

const tableName = "acquired.csv";

async function copyInto(to: string, from: string, options: OutputOptions): Promise<void> {
  const output = await beginOutput(to, options);
  try {
    for await (const bytes of createReadStream(from)) await output.file.write(bytes as Buffer);
    await output.finish();
  } finally {
    await output.discard();
  }
}

async function greyPng({
  values,
  height,
  width,
}: {
  values: Float32Array;
  height: number;
  width: number;
}): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const grey = Uint8Array.from(values, (value) => Math.round((255 * value) / Math.LN2));
  return sharp(grey, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .png()
    .toBuffer();
}
