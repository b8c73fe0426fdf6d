import { join } from "node:path";
import { readText } from "../formats/file.js";
import { type ImageStack, openNpy } from "../formats/npy-file.js";
import { choose, labelled, type Truth } from "../truth.js";
import type { Layout, ReadOptions } from "./layout.js";
import { checkStacks, plane, readStacked } from "./stacks.js";

const classNames = ["neutrophil", "epithelial", "lymphocyte", "plasma", "eosinophil", "connective"];

/** images.npy with labels.npy: cells in the first channel of the labels, their class in the second (CoNIC, Lizard). */
export const conic: Layout = {
  name: "conic",
  title: "images.npy with labels.npy (CoNIC)",
  async find(folder) {
    if (!folder.files.includes("images.npy") || !folder.files.includes("labels.npy")) return null;
    const [images, labels] = [await openNpy(join(folder.path, "images.npy")), await openNpy(join(folder.path, "labels.npy"))];
    checkStacks(images, labels);
    const count = images.shape[0] as number;
    const info = folder.files.includes("patch_info.csv")
      ? (await readText(join(folder.path, "patch_info.csv"), 2 ** 26)).trim().split(/\r?\n/).slice(1)
      : [];
    // Patches of one slide are named SLIDE-NUMBER.
    const named = info.length === count && new Set(info).size === count;
    const samples = Array.from({ length: count }, (_, i) => {
      const name = named ? (info[i] as string) : String(i);
      return {
        name,
        group: named && /-\d+$/.test(name) ? name.replace(/-\d+$/, "") : undefined,
        image: `${images.path}[${i}]`,
        mask: `${labels.path}[${i}]`,
        readImage: (options: ReadOptions) => readStacked(images, i, options),
        readTruth: (options: ReadOptions) => readTruth(labels, i, options),
      };
    });
    return { samples };
  },
};

async function readTruth(stack: ImageStack, index: number, options: ReadOptions): Promise<Truth> {
  const [, height = 0, width = 0, channels = 1] = stack.shape;
  const values = await stack.at(index);
  const cells = plane(values, channels, 0);
  const kinds = channels > 1 ? plane(values, channels, 1) : undefined;
  const numbers = new Map<number, number>();
  const classOf: string[] = [];
  const labels = Int32Array.from(cells as Iterable<number>, (cell, i) => {
    if (cell === 0) return 0;
    const known = numbers.get(cell);
    if (known !== undefined) return known;
    numbers.set(cell, numbers.size + 1);
    const kind = kinds?.[i] as number | undefined;
    classOf.push(kind === undefined ? "" : (classNames[kind - 1] ?? `class ${kind}`));
    return numbers.size;
  });
  const count = numbers.size;
  return choose(
    labelled(labels, width, height, { classOf: kinds && classOf, values: count, parts: count }),
    stack.path,
    options,
  );
}
