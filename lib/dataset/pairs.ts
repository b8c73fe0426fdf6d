/** Finds which mask belongs to which image. */
import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import { type AcinusError, DataError } from "../errors.js";
import { WrittenRecord } from "../system/written-record.js";

export interface Pair {
  readonly name: string;
  readonly image: string;
  readonly mask: string;
}

const imageFolders = ["images", "image", "imgs", "img"];
const maskFolders = ["masks", "mask"];
const readable = new Set([".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp"]);
const maskSuffix = /[_-]mask$/i;

/**
 * Pairs of a folder, sorted by name: `images/x.*` with `masks/x.*` (or `masks/x_mask.*`), or `x.*` beside `x_mask.*`.
 * What has no partner is in `problems`. Throws ACINUS_FILE_NOT_FOUND and ACINUS_NO_PAIRS.
 */
export async function findPairs(folder: string): Promise<{ pairs: Pair[]; problems: AcinusError[] }> {
  const { images, masks } = await twoFolders(folder);
  if (images.length === 0 && masks.length === 0) {
    throw new DataError("ACINUS_EMPTY_SET", `${folder} holds no images.`, {
      file: folder,
      fix: "Put PNG, TIFF or JPEG files into images/ and masks of the same names into masks/.",
    });
  }
  const problems: AcinusError[] = [];
  const maskOf = byStem(masks, (stem) => stem.replace(maskSuffix, ""), problems);
  const imageOf = byStem(images, (stem) => stem, problems);
  const pairs: Pair[] = [];
  for (const [name, image] of imageOf) {
    const mask = maskOf.get(name);
    if (mask) pairs.push({ name, image, mask });
    else {
      const fix = "Add a mask of the same name (all 0 where there are no cells) or remove the image.";
      problems.push(new DataError("ACINUS_MISSING_MASK", `The image ${image} has no mask.`, { file: image, fix }));
    }
  }
  for (const [name, mask] of maskOf) {
    if (imageOf.has(name)) continue;
    const fix = "Add the image of the same name or remove the mask.";
    problems.push(new DataError("ACINUS_MISSING_IMAGE", `The mask ${mask} has no image.`, { file: mask, fix }));
  }
  return { pairs, problems };
}

/**
 * The image files of a folder, or the file itself when `path` is one. Sorted. Results that acinus wrote into the folder are no images.
 * @param onPassedOver is told how many there were.
 */
export async function findImages(path: string, onPassedOver: (results: number) => void = () => undefined): Promise<string[]> {
  const entries = await list(path).catch((error: unknown) => {
    if ((error as { cause?: NodeJS.ErrnoException }).cause?.code === "ENOTDIR") return null;
    throw error;
  });
  if (entries === null) return [path];
  const sub = inner(entries, imageFolders);
  let results = 0;
  for (const folder of sub ? [path, join(path, sub)] : [path]) {
    const all = imageFiles(folder, folder === path ? entries : await list(folder));
    const files = await withoutResults(folder, all);
    results += all.length - files.length;
    if (files.length === 0) continue;
    if (results > 0) onPassedOver(results);
    return files;
  }
  if (results > 0) {
    const message = `${path} holds no images, but ${results} results that acinus wrote.`;
    throw new DataError("ACINUS_EMPTY_SET", message, {
      file: path,
      fix: "Give a result by its own name to use it as an image.",
    });
  }
  throw new DataError("ACINUS_EMPTY_SET", `${path} holds no PNG, TIFF, JPEG or WebP images.`, { file: path });
}

async function twoFolders(folder: string): Promise<{ images: string[]; masks: string[] }> {
  const entries = await list(folder);
  const [images, masks] = [inner(entries, imageFolders), inner(entries, maskFolders)];
  if (images && masks) {
    const [a, b] = [join(folder, images), join(folder, masks)];
    return { images: await withoutResults(a, imageFiles(a, await list(a))), masks: imageFiles(b, await list(b)) };
  }
  const files = await withoutResults(folder, imageFiles(folder, entries));
  const masked = files.filter((file) => maskSuffix.test(parse(file).name));
  if (!images && !masks && masked.length > 0) return { images: files.filter((file) => !masked.includes(file)), masks: masked };
  const deeper = entries.filter((entry) => entry.isDirectory() && /^(train|val|validation|test)/i.test(entry.name));
  const fix = deeper[0]
    ? `Did you mean ${join(folder, deeper[0].name)}?`
    : "Put the images into images/ and masks of the same names into masks/.";
  throw new DataError("ACINUS_NO_PAIRS", `${folder} holds no image and mask pairs.`, { file: folder, fix });
}

function byStem(files: string[], key: (stem: string) => string, problems: AcinusError[]): Map<string, string> {
  const result = new Map<string, string>();
  for (const file of files) {
    const name = key(parse(file).name);
    const other = result.get(name);
    if (other === undefined) result.set(name, file);
    else {
      const message = `${other} and ${file} both claim the name ${name}.`;
      problems.push(new DataError("ACINUS_NO_PAIRS", message, { file, fix: "Rename or remove one of them." }));
    }
  }
  return result;
}

type Entry = { name: string; isDirectory(): boolean };

async function list(folder: string): Promise<Entry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const message = `There is no folder ${folder} that can be read (${(error as NodeJS.ErrnoException).code}).`;
    throw new DataError("ACINUS_FILE_NOT_FOUND", message, { file: folder, cause: error });
  }
}

function inner(entries: Entry[], names: string[]): string | undefined {
  return entries.find((entry) => names.includes(entry.name.toLowerCase()))?.name;
}

/** Without predictions that lie beside the images. What somebody changed since is an image. */
async function withoutResults(folder: string, files: string[]): Promise<string[]> {
  const record = await WrittenRecord.of(folder);
  const own = new Set<string>();
  for (const name of record.names) {
    if (record.sourceOf(name) !== undefined && (await record.isOurs(name))) own.add(join(folder, name));
  }
  return own.size === 0 ? files : files.filter((file) => !own.has(file));
}

function imageFiles(folder: string, entries: Entry[]): string[] {
  return entries
    .filter(({ name }) => !name.startsWith(".") && readable.has(parse(name).ext.toLowerCase()))
    .map(({ name }) => join(folder, name));
}
