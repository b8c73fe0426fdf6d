import { join } from "node:path";
import type { Folder } from "../folder.js";
import { type ImageStack, openNpy } from "../formats/npy-file.js";
import { choose, labelled, type Truth } from "../truth.js";
import type { Layout, ReadOptions } from "./layout.js";
import { imageFolders, only } from "./pairs.js";
import { checkStacks, readStacked } from "./stacks.js";

const classNames = ["Neoplastic", "Inflammatory", "Connective", "Dead", "Epithelial"];

/** A fold of PanNuke: cells in one channel a class, the last channel background. */
export const pannuke: Layout = {
  name: "pannuke",
  title: "images/…/images.npy with masks/…/masks.npy (PanNuke)",
  async find(folder) {
    const [imageFile, maskFile] = [
      await arrayIn(folder, imageFolders, "images.npy"),
      await arrayIn(folder, ["masks", "mask"], "masks.npy"),
    ];
    if (imageFile === undefined || maskFile === undefined) return null;
    const [images, masks] = [await openNpy(imageFile), await openNpy(maskFile)];
    checkStacks(images, masks);
    const samples = Array.from({ length: images.shape[0] as number }, (_, i) => ({
      name: String(i),
      image: `${imageFile}[${i}]`,
      mask: `${maskFile}[${i}]`,
      readImage: (options: ReadOptions) => readStacked(images, i, options),
      readTruth: (options: ReadOptions) => readTruth(masks, i, options),
    }));
    return { samples };
  },
};

/** The file in the folder itself, in one of the folders named, or one level deeper. */
async function arrayIn(folder: Folder, names: readonly string[], file: string): Promise<string | undefined> {
  if (folder.files.includes(file)) return join(folder.path, file);
  const inner = await only(folder, names, file);
  for (const name of inner?.folders ?? []) {
    const deeper = await (inner as Folder).folder(name);
    if (deeper.files.includes(file)) return join(deeper.path, file);
  }
  return inner?.files.includes(file) ? join(inner.path, file) : undefined;
}

async function readTruth(stack: ImageStack, index: number, options: ReadOptions): Promise<Truth> {
  const [, height = 0, width = 0, channels = 1] = stack.shape;
  const values = await stack.at(index);
  const labels = new Int32Array(height * width);
  const numbers = new Map<string, number>();
  const classOf: string[] = [];
  // The last of six channels is background; a cell's number counts within its channel.
  const classes = channels > 1 ? channels - 1 : 1;
  for (let i = 0; i < labels.length; i++) {
    for (let channel = 0; channel < classes; channel++) {
      const value = values[i * channels + channel] as number;
      if (value === 0) continue;
      const key = `${channel} ${value}`;
      const number = numbers.get(key) ?? numbers.size + 1;
      if (!numbers.has(key)) classOf.push(classNames[channel] ?? `class ${channel}`);
      numbers.set(key, number);
      labels[i] = number;
    }
  }
  const count = numbers.size;
  return choose(labelled(labels, width, height, { classOf, values: count, parts: count }), stack.path, options);
}
