/** The images that a command is to work on: files, folders and patterns. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { DataError } from "../errors.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { Folder, isImage } from "./folder.js";
import { imageFolders } from "./layouts/pairs.js";
import { findImages } from "./pairs.js";
import { withoutResults } from "./results.js";

/** An image that was found. */
export interface InputImage {
  /** Its path. */
  readonly image: string;
  /** The folder below the input in which it lies; "" where it lies in the input itself. */
  readonly folder: string;
}

export interface InputOptions {
  /** Take folders with all that is below them. Default false. */
  recursive?: boolean;
  /** Is told of results of earlier predictions that were not taken for images. */
  onPassedOver?: (results: number, place: string) => void;
}

/**
 * Finds images: files as they are, folders with the images in them, patterns (`data/*.tif`, `data/**`) with what they match. Each image comes once.
 * Results that acinus wrote are no images, unless one is all that is asked for.
 * @throws DataError ACINUS_FILE_NOT_FOUND, ACINUS_EMPTY_SET
 */
export async function findInputs(inputs: readonly string[], options: InputOptions = {}): Promise<InputImage[]> {
  check(Array.isArray(inputs), inputs, "inputs", "a list of paths");
  for (const [at, input] of inputs.entries()) checkPath(input, `inputs[${at}]`);
  checkOptions(options, "options", ["recursive", "onPassedOver"]);
  const { recursive = false, onPassedOver } = options;
  check(typeof recursive === "boolean", recursive, "options.recursive", "true or false");
  if (onPassedOver !== undefined) check(typeof onPassedOver === "function", onPassedOver, "options.onPassedOver", "a function");
  const found: InputImage[] = [];
  const loose: string[] = [];
  for (const input of inputs) {
    const target = await stat(input).catch(() => undefined);
    if (target && !target.isDirectory()) loose.push(input);
    else if (target && options.recursive) found.push(...(await below(input, options)));
    else if (target || !isPattern(input)) {
      const images = await findImages(input, (results) => options.onPassedOver?.(results, input));
      found.push(...images.map((image) => ({ image, folder: "" })));
    } else found.push(...(await matches(input, options)));
  }
  const files = inputs.length === 1 ? loose : await withoutResultsOf(loose, options);
  return once([...found, ...files.map((image) => ({ image, folder: "" }))]);
}

/** Images of a folder and of all below it. Where a folder has `images/`, what lies beside that (masks, labels) is no image. */
async function below(root: string, options: InputOptions): Promise<InputImage[]> {
  const found: InputImage[] = [];
  const visit = async (folder: Folder): Promise<void> => {
    const images = folder.images();
    const files = await withoutResults(folder.path, images);
    if (files.length < images.length) options.onPassedOver?.(images.length - files.length, folder.path);
    found.push(...files.map((image) => ({ image, folder: relative(root, folder.path) })));
    const named = folder.named(imageFolders);
    for (const name of named.length > 0 ? named : folder.folders) await visit(await folder.folder(name));
  };
  await visit(await Folder.open(root));
  if (found.length > 0) return found;
  const message = `${root} holds no PNG, TIFF, JPEG or WebP images, and neither do the folders in it.`;
  throw new DataError("ACINUS_EMPTY_SET", message, { file: root });
}

function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

async function matches(pattern: string, options: InputOptions): Promise<InputImage[]> {
  const { glob } = await import("tinyglobby");
  const files = (await glob(pattern, { onlyFiles: true, expandDirectories: false, absolute: isAbsolute(pattern) }))
    .filter(isImage)
    .sort();
  const images = await withoutResultsOf(files, options);
  if (images.length === 0) {
    const fix = "Put it in quotes, so that the shell leaves it as it is.";
    throw new DataError("ACINUS_FILE_NOT_FOUND", `No image matches ${pattern}.`, { file: pattern, fix });
  }
  const root = pattern.slice(0, pattern.search(/[^/]*[*?[\]{}]/));
  return images.map((image) => ({ image, folder: pattern.includes("**") ? relative(root || ".", dirname(image)) : "" }));
}

async function withoutResultsOf(files: readonly string[], options: InputOptions): Promise<string[]> {
  const kept = new Set<string>();
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    const inside = files.filter((file) => dirname(file) === folder).map((file) => join(folder, basename(file)));
    const images = await withoutResults(folder, inside);
    if (images.length < inside.length) options.onPassedOver?.(inside.length - images.length, folder);
    for (const image of images) kept.add(image);
  }
  return files.filter((file) => kept.has(join(dirname(file), basename(file))));
}

async function once(images: readonly InputImage[]): Promise<InputImage[]> {
  const seen = new Set<string>();
  const found: InputImage[] = [];
  for (const image of images) {
    const place = await realpath(image.image).catch(() => image.image);
    if (!seen.has(place)) found.push(image);
    seen.add(place);
  }
  return found;
}
