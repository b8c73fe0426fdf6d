import { join } from "node:path";
import { DataError } from "../../errors.js";
import type { Folder } from "../folder.js";
import { decodeMask } from "../masks.js";
import { labelled, type Truth } from "../truth.js";
import type { Layout, LayoutSample, ReadOptions } from "./layout.js";

/** A folder for each image, with a mask file for each cell: the Data Science Bowl of 2018. */
export const dsb: Layout = {
  name: "dsb",
  title: "a folder for each image: images/ with one image, masks/ with one file a cell (Data Science Bowl 2018)",
  async find(folder) {
    const samples: LayoutSample[] = [];
    let several = false;
    for (const name of folder.folders) {
      const found = await inFolder(await folder.folder(name));
      if (!found) {
        if (samples.length === 0) return null;
        continue;
      }
      several ||= found.masks.length > 1;
      const { image, masks, maskFolder } = found;
      samples.push({ name, image, mask: maskFolder, readTruth: (options) => readCells(maskFolder, masks, options) });
    }
    return several ? { samples } : null;
  },
};

async function inFolder(folder: Folder): Promise<{ image: string; masks: string[]; maskFolder: string } | null> {
  if (!folder.folders.includes("images") || !folder.folders.includes("masks")) return null;
  const images = (await folder.folder("images")).images();
  const [image] = images;
  return image === undefined || images.length > 1
    ? null
    : { image, masks: (await folder.folder("masks")).images(), maskFolder: join(folder.path, "masks") };
}

/** Where masks overlap the first one has the pixel. */
async function readCells(folder: string, files: readonly string[], options: ReadOptions): Promise<Truth> {
  let labels: Int32Array | undefined;
  let size = { width: 0, height: 0 };
  for (const [i, file] of files.entries()) {
    const { data, width, height } = await decodeMask(file, { ...options, ignore: undefined });
    labels ??= new Int32Array(width * height);
    if (i === 0) size = { width, height };
    if (width !== size.width || height !== size.height) {
      const message = `The mask ${file} is ${width}×${height} pixels, the others of its image are ${size.width}×${size.height}.`;
      throw new DataError("ACINUS_SIZE_MISMATCH", message, {
        file,
        value: [width, height],
        fix: "Make all masks in the image's size.",
      });
    }
    for (let at = 0; at < data.length; at++) if (data[at] !== 0 && labels[at] === 0) labels[at] = i + 1;
  }
  if (labels) return labelled(labels, size.width, size.height, { values: files.length, parts: files.length });
  throw new DataError("ACINUS_MISSING_MASK", `${folder} holds no masks.`, {
    file: folder,
    fix: "Add the masks, or a mask that is all 0.",
  });
}
