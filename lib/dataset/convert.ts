/** Writes a data set of any layout as images/ with masks/ or labels/. */

import { constants } from "node:fs";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { dataOptionsSchema, ignoredPixel } from "../config/data.js";
import { type AcinusError, ConfigError, DataError } from "../errors.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { loadSharp } from "../system/image-library.js";
import { makeFolder } from "../system/make-folder.js";
import { type DatasetLayout, layoutOf } from "./sample.js";
import { type ScannedPair, type ScanOptions, scan } from "./scan.js";
import { instancesOf } from "./truth.js";
import type { SourceFiles } from "./types.js";

export interface ConvertOptions extends ScanOptions {
  /** masks: 0 and 255, and 128 for pixels to be ignored. labels: 16-bit images, 0 for background, a number a cell, and 65535 for those. Default: labels where the data tells cells apart. */
  to?: "masks" | "labels";
}

/** An image that was written. */
export interface ConvertedImage {
  /** Of the image, without ending. */
  readonly name: string;
  /** Images of one group stay together in a split. */
  readonly group: string;
  /** The file that was written. */
  readonly image: string;
  /** The file that was written. */
  readonly mask: string;
  /** The files that they were made of. */
  readonly from: SourceFiles;
}

export interface Converted {
  /** What was recognised. */
  readonly layout: DatasetLayout;
  /** What the masks are. */
  readonly to: "masks" | "labels";
  /** The folder that was written. */
  readonly output: string;
  /** The value of pixels that are to be ignored, where there are any: `ignore` (--ignore) reads it. */
  readonly ignore?: number;
  /** The images that were written. */
  readonly images: readonly ConvertedImage[];
  /** What could not be read; everything else was written. */
  readonly problems: readonly AcinusError[];
}

/** The most cells that a label image of 16 bits can number, beside the value of pixels to be ignored. */
const mostLabels = 65534;
/** The value of pixels to be ignored. */
const ignoredValue = { masks: 128, labels: 65535 };

/**
 * Images that are files of their own are copied as they are; others, and those of which channels, planes or a turn were asked for, become PNG.
 * @throws DataError and ConfigError as `Dataset.open`, and ACINUS_WRITE_FAILED where the output folder holds anything.
 */
export async function convert(folder: string, output: string, options: ConvertOptions = {}): Promise<Converted> {
  checkPath(folder, "folder");
  checkPath(output, "output");
  checkOptions(options, "options", ["to", ...Object.keys(dataOptionsSchema.shape)]);
  const { to: asked, onProgress, ...reading } = options;
  check(asked === undefined || asked === "masks" || asked === "labels", asked, "options.to", "masks or labels");
  await requireEmpty(output);
  const to = asked === "masks" ? asked : await kindFor(folder, asked, reading);
  for (const name of ["images", to]) makeFolder(join(output, name));
  const names = new Set<string>();
  const images: Converted["images"][number][] = [];
  const problems: AcinusError[] = [];
  const found = await scan(
    folder,
    async (pair) => {
      const name = freeName(pair.name, names);
      const mask = await maskBytes(pair, to, reading);
      if (!Buffer.isBuffer(mask)) problems.push(mask);
      else {
        const files = {
          image: await writeImage(pair, join(output, "images", name), reading),
          mask: join(output, to, `${name}.png`),
        };
        await writeFile(files.mask, mask, { flag: "wx" });
        images.push({ name, group: pair.group ?? name, ...files, from: { image: pair.image, mask: pair.mask } });
      }
    },
    { ...reading, onProgress },
  );
  const layout = layoutOf(found);
  const ignore = found.reading.ignoring ? { ignore: ignoredValue[to] } : {};
  const index = {
    madeBy: "acinus convert",
    from: folder,
    layout: layout.name,
    classes: layout.classes,
    ...ignore,
    samples: images,
  };
  await writeFile(join(output, "converted.json"), `${JSON.stringify(index, null, 2)}\n`, { flag: "wx" });
  return { layout, to, output, images, ...ignore, problems: [...found.problems, ...problems] };
}

async function requireEmpty(output: string): Promise<void> {
  const there = await readdir(output).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new DataError("ACINUS_WRITE_FAILED", `${output} cannot be a folder to write into (${error.code}).`, {
      file: output,
      fix: "Name a new folder.",
      cause: error,
    });
  });
  if (there.length === 0) return;
  const message = `${output} is not empty (${there.slice(0, 3).join(", ")}${there.length > 3 ? ", …" : ""}); nothing is written over or beside it.`;
  throw new DataError("ACINUS_WRITE_FAILED", message, { file: output, fix: "Name a new or an empty folder." });
}

/** Whether cells are told apart is known when all masks were read. */
async function kindFor(folder: string, asked: "labels" | undefined, options: ScanOptions): Promise<"masks" | "labels"> {
  const { truth } = layoutOf(await scan(folder, () => undefined, options));
  if (truth === "labels") return "labels";
  if (asked === undefined) return "masks";
  throw new ConfigError("ACINUS_CONFIG", `${folder} does not say which pixel is which cell's.`, {
    file: folder,
    value: asked,
    fix: "Write masks: --to masks",
  });
}

/** A name without folders that no other sample has, whatever the case. */
function freeName(name: string, taken: Set<string>): string {
  const plain = name.replace(/[/\\:*?"<>|]+/g, "_");
  let free = plain;
  for (let i = 2; taken.has(free.toLowerCase()); i++) free = `${plain}-${i}`;
  taken.add(free.toLowerCase());
  return free;
}

async function maskBytes(pair: ScannedPair, to: Converted["to"], options: ScanOptions): Promise<Buffer | DataError> {
  const { truth, mask } = pair;
  const sharp = await loadSharp();
  const size = { width: truth.width, height: truth.height, channels: 1 as const };
  if (to === "masks") {
    const pixels = truth.mask.map((cell) => (cell === 0 ? 0 : cell === ignoredPixel ? ignoredValue.masks : 255));
    return sharp(pixels, { raw: size }).toColourspace("b-w").png().toBuffer();
  }
  const { labels, count } = instancesOf(pair.readInstances ? await pair.readInstances(options) : truth);
  const values = Uint16Array.from(labels, (label, i) => (truth.mask[i] === ignoredPixel ? ignoredValue.labels : label));
  if (count <= mostLabels) return sharp(values, { raw: size }).toColourspace("grey16").png().toBuffer();
  const message = `${mask} holds ${count} cells, more than the ${mostLabels} that a label image of 16 bits numbers.`;
  return new DataError("ACINUS_MASK_VALUES", message, {
    file: mask,
    value: count,
    fix: "Cut the image into tiles, or write masks: --to masks",
  });
}

/** Copies the file where it says all by itself; writes PNG otherwise. Returns the path. */
async function writeImage(
  { image, readImage, decoded }: ScannedPair,
  path: string,
  { channels, plane, orientation, intensity, nan }: ScanOptions,
): Promise<string> {
  const changed =
    readImage ||
    channels ||
    plane !== undefined ||
    orientation ||
    intensity ||
    nan !== undefined ||
    decoded.turned !== undefined;
  if (!changed) {
    const copy = `${path}${extname(image).toLowerCase()}`;
    await copyFile(image, copy, constants.COPYFILE_EXCL);
    return copy;
  }
  const { data, width, height } = decoded;
  const sharp = await loadSharp();
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  await writeFile(`${path}.png`, bytes, { flag: "wx" });
  return `${path}.png`;
}
