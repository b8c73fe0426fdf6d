/** Finds out how a data set lies on disk. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type AcinusError, ConfigError, DataError } from "../errors.js";
import { Folder } from "./folder.js";
import { readBytes } from "./formats/file.js";
import { tiffHeader } from "./formats/tiff-header.js";
import { layouts } from "./layouts/index.js";
import type { FoundSamples, Layout, LayoutSample } from "./layouts/layout.js";

export interface Recognised {
  readonly layout: Layout;
  readonly samples: readonly LayoutSample[];
  readonly problems: AcinusError[];
  readonly note?: string;
  /** Image files of formats that are not read. */
  readonly passedOver: readonly string[];
}

/** How deep data sets may lie in the folder given, and how many folders are looked at for them. */
const [deepest, mostFolders] = [3, 5000];
const parts = /^(stage\d_)?(train|val|valid|test)/i;

/**
 * The samples of a folder, by the layout asked for or by the only one that fits. Folders of one layout inside the folder are one set, each a group.
 * @throws DataError ACINUS_FILE_NOT_FOUND, ACINUS_NO_PAIRS (none fits, or more than one), ACINUS_EMPTY_SET; ConfigError for an unknown name.
 */
export async function recognise(path: string, wanted?: string | Layout): Promise<Recognised> {
  const tried = wanted === undefined ? layouts : [typeof wanted === "string" ? layoutNamed(wanted) : wanted];
  const folder = await openAt(path);
  const here = await fitting(folder, tried);
  if (here) return here;
  const inner = await within(folder, tried, deepest, { left: mostFolders });
  const [first, other] = [...new Set(inner.map(({ found }) => found.layout))];
  const split = folder.folders.find(
    (name) => parts.test(name) && inner.some((one) => one.place === name || one.place.startsWith(`${name}/`)),
  );
  if (first && split === undefined) {
    if (other) throw several(folder.path, [first, other]);
    return joined(first, inner, folder.passedOver());
  }
  throw nothing(folder, split, wanted === undefined ? undefined : (tried[0] as Layout), await pagesOf(folder));
}

/** The folder, or, of a file (a COCO document, an archive), the folder that it lies in without other files of its kind. */
async function openAt(path: string): Promise<Folder> {
  const target = await stat(path).catch(() => undefined);
  return target?.isFile() ? (await Folder.open(dirname(path))).keeping(basename(path)) : Folder.open(path);
}

export function layoutNamed(name: string): Layout {
  const layout = layouts.find((known) => known.name === name);
  if (layout) return layout;
  const list = layouts.map((known) => known.name).join(", ");
  throw new ConfigError("ACINUS_CONFIG", `There is no layout ${name}.`, { value: name, fix: `Use one of ${list}.` });
}

/** What the folder itself holds; null where no layout fits. */
async function fitting(folder: Folder, tried: readonly Layout[]): Promise<Recognised | null> {
  const found: { layout: Layout; result: FoundSamples }[] = [];
  const errors: unknown[] = [];
  for (const layout of tried) {
    try {
      const result = await layout.find(folder);
      if (result) found.push({ layout, result });
    } catch (error) {
      errors.push(error);
    }
  }
  const full = found.filter(({ result }) => result.samples.length > 0);
  if (full.length > 1)
    throw several(
      folder.path,
      full.map(({ layout }) => layout),
    );
  const [best] = full.length > 0 ? full : found;
  if (full.length === 0 && errors.length > 0) throw errors[0];
  if (!best) return null;
  const { samples, problems = [], note } = best.result;
  if (samples.length === 0 && problems.length === 0) throw empty(folder);
  return { layout: best.layout, samples, problems: [...problems], note, passedOver: folder.passedOver() };
}

interface Place {
  /** Where it lies in the folder given, with / between names. */
  readonly place: string;
  readonly found: Recognised;
}

async function within(folder: Folder, tried: readonly Layout[], depth: number, budget: { left: number }): Promise<Place[]> {
  const result: Place[] = [];
  for (const name of depth > 0 ? folder.folders : []) {
    if (--budget.left < 0) break;
    const inner = await folder.folder(name).catch(() => undefined);
    if (!inner) continue;
    // A folder inside that cannot be read is no reason to refuse the others.
    const found = await fitting(inner, tried).catch((error: unknown) => {
      if (error instanceof DataError && error.code === "ACINUS_EMPTY_SET") return null;
      throw error;
    });
    if (found && found.samples.length > 0) result.push({ place: name, found });
    else
      for (const { place, found: deeper } of await within(inner, tried, depth - 1, budget))
        result.push({ place: `${name}/${place}`, found: deeper });
  }
  return result;
}

/** Several folders as one set: their names stand before the samples' names, and group them. */
function joined(layout: Layout, places: readonly Place[], passedOver: readonly string[]): Recognised {
  const alone = places.length === 1;
  const samples = places.flatMap(({ place, found }) =>
    found.samples.map((sample) => ({
      ...sample,
      name: `${place}/${sample.name}`,
      group: sample.group ?? (alone ? undefined : place),
    })),
  );
  const notes = [alone ? `in ${places[0]?.place}/` : `${places.length} folders, each a group`, places[0]?.found.note];
  return {
    layout,
    samples,
    problems: places.flatMap(({ found }) => found.problems),
    note: notes.filter(Boolean).join("; "),
    passedOver: [...passedOver, ...places.flatMap(({ found }) => found.passedOver)],
  };
}

function several(path: string, fits: readonly Layout[]): DataError {
  const names = fits.map(({ name }) => name);
  const list = fits.map(({ name, title }) => `${name} (${title})`).join(" and ");
  const message = `${path} can be read in ${fits.length} ways: ${list}.`;
  return new DataError("ACINUS_NO_PAIRS", message, {
    file: path,
    value: names,
    fix: `Say which is meant: --layout ${names[0]}`,
  });
}

function empty(folder: Folder): DataError {
  return new DataError("ACINUS_EMPTY_SET", `${folder.path} holds no images.`, {
    file: folder.path,
    fix: "Put PNG, TIFF or JPEG files into images/ and masks of the same names into masks/.",
  });
}

/** How many pages the first TIFF file of a folder has. */
async function pagesOf(folder: Folder): Promise<{ file: string; pages: number } | undefined> {
  const [file] = folder.ending(".tif", ".tiff");
  if (file === undefined) return undefined;
  const pages = await readBytes(file).then(
    (bytes) => tiffHeader(bytes).pages,
    () => 1,
  );
  return { file, pages };
}

function nothing(
  folder: Folder,
  split: string | undefined,
  wanted: Layout | undefined,
  first: { file: string; pages: number } | undefined,
): DataError {
  if (first && first.pages > 1 && !split) {
    const message = `${folder.path} holds no image and mask pairs, but ${basename(first.file)} has ${first.pages} pages: perhaps image and mask in one file.`;
    const fix = "Save the pages as files of one name in images/ and masks/ (in ImageJ: Image, Stacks, Stack to Images).";
    return new DataError("ACINUS_NO_PAIRS", message, { file: first.file, value: first.pages, fix });
  }
  const unread = folder
    .passedOver()
    .slice(0, 3)
    .map((path) => basename(path));
  const passed = unread.length > 0 ? ` Files of formats that are not read: ${unread.join(", ")}.` : "";
  const what = wanted ? `nothing of the layout ${wanted.name} (${wanted.title})` : "no image and mask pairs";
  const fix = split
    ? `Did you mean ${join(folder.path, split)}?`
    : "Put the images into images/ and masks of the same names into masks/; acinus verify -h names the other layouts.";
  return new DataError("ACINUS_NO_PAIRS", `${folder.path} holds ${what}.${passed}`, { file: folder.path, fix });
}
