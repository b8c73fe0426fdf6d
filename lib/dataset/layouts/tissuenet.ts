import { basename } from "node:path";
import { DataError } from "../../errors.js";
import { readBytes } from "../formats/file.js";
import { type ImageStack, stackOf } from "../formats/npy-file.js";
import { guarded } from "../formats/raster.js";
import { unzip } from "../formats/zip.js";
import { choose, labelled, type Truth } from "../truth.js";
import type { FoundSamples, Layout, ReadOptions } from "./layout.js";
import { checkStacks, plane, readStacked } from "./stacks.js";

const channelNames = ["nuclear", "membrane"];
const compartments = ["whole cell", "nucleus"];

/** Arrays X and y in one .npz: images of two channels, labels of cells and of nuclei. */
export const tissuenet: Layout = {
  name: "tissuenet",
  title: "one .npz with the arrays X and y (TissueNet)",
  async find(folder) {
    const files = folder.ending(".npz");
    const [file, other] = files;
    if (file === undefined) return null;
    if (other !== undefined) {
      const message = `${folder.path} holds ${files.length} .npz files: ${files.map((path) => basename(path)).join(", ")}.`;
      throw new DataError("ACINUS_NO_PAIRS", message, {
        file: folder.path,
        value: files,
        fix: `Name the one that is meant in place of the folder: ${file}`,
      });
    }
    return guarded(file, async () => findIn(file, unzip(await readBytes(file), ".npy")));
  },
};

function findIn(file: string, arrays: ReadonlyMap<string, Buffer>): FoundSamples | null {
  const [x, y] = [arrays.get("X.npy"), arrays.get("y.npy")];
  if (!x || !y) return null;
  const [images, labels] = [stackOf(file, x), stackOf(file, y)];
  checkStacks(images, labels);
  const two = images.shape[3] === 2;
  const samples = Array.from({ length: images.shape[0] as number }, (_, i) => ({
    name: String(i),
    image: `${file}[X, ${i}]`,
    mask: `${file}[y, ${i}]`,
    readImage: (options: ReadOptions) => readStacked(images, i, options, channelNames, two ? [0, 1] : undefined),
    readTruth: (options: ReadOptions) => readTruth(labels, i, options),
  }));
  const seen = two ? "the channels nuclear and membrane as red and green" : "";
  const marked = labels.shape[3] === 2 ? "whole cells as truth; --classes nucleus for nuclei" : "";
  return { samples, note: [seen, marked].filter(Boolean).join("; ") || undefined };
}

async function readTruth(stack: ImageStack, index: number, { classes, ...options }: ReadOptions): Promise<Truth> {
  const [, height = 0, width = 0, channels = 1] = stack.shape;
  const asked = classes?.map((name) => String(name).toLowerCase()) ?? [];
  const channel =
    channels > 1
      ? Math.max(
          0,
          compartments.findIndex((name) => asked.includes(name)),
        )
      : 0;
  const values = plane(await stack.at(index), channels, channel);
  const count = new Set(values as Iterable<number>).size;
  const classNames = channels > 1 ? compartments : [];
  return choose(labelled(values, width, height, { values: count, parts: count, classes: classNames }), stack.path, options);
}
