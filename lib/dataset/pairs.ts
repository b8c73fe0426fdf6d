/** Image files of a folder, with or without masks. */
import { stat } from "node:fs/promises";
import { type AcinusError, DataError } from "../errors.js";
import { Folder } from "./folder.js";
import { imageFolders } from "./layouts/pairs.js";
import { recognise } from "./recognise.js";
import { withoutResults } from "./results.js";

export interface Pair {
  readonly name: string;
  readonly image: string;
  readonly mask: string;
}

/**
 * Pairs of a folder in any layout, sorted by name. What has no partner is in `problems`. Throws ACINUS_FILE_NOT_FOUND and ACINUS_NO_PAIRS.
 */
export async function findPairs(folder: string): Promise<{ pairs: Pair[]; problems: AcinusError[] }> {
  const { samples, problems } = await recognise(folder);
  return { pairs: samples.map(({ name, image, mask }) => ({ name, image, mask })), problems };
}

/**
 * The image files of a folder, or the file itself when `path` is one. Sorted. Results that acinus wrote into the folder are no images.
 * @param onPassedOver is told how many there were.
 */
export async function findImages(path: string, onPassedOver: (results: number) => void = () => undefined): Promise<string[]> {
  const target = await stat(path).catch(() => undefined);
  if (target && !target.isDirectory()) return [path];
  if (!target) {
    throw new DataError("ACINUS_FILE_NOT_FOUND", `There is no image or folder ${path}.`, {
      file: path,
      fix: "Check its name.",
    });
  }
  const folder = await Folder.open(path);
  const [sub] = folder.named(imageFolders);
  let results = 0;
  for (const place of sub ? [folder, await folder.folder(sub)] : [folder]) {
    const all = place.images();
    const files = await withoutResults(place.path, all);
    results += all.length - files.length;
    if (files.length === 0) continue;
    if (results > 0) onPassedOver(results);
    return files;
  }
  if (results > 0) {
    const message = `${path} holds no images, but ${results} results that acinus wrote.`;
    const fix = "Give a result by its own name to use it as an image.";
    throw new DataError("ACINUS_EMPTY_SET", message, { file: path, fix });
  }
  const unread = folder.passedOver();
  const passed =
    unread.length > 0 ? ` Its ${unread.length} files of other formats are not read: ${unread.slice(0, 3).join(", ")}.` : "";
  throw new DataError("ACINUS_EMPTY_SET", `${path} holds no PNG, TIFF, JPEG or WebP images.${passed}`, { file: path });
}
