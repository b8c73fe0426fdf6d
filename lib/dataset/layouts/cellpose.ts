import { readBytes } from "../formats/file.js";
import { npyHeader } from "../formats/npy.js";
import { pickledArray, pickledObject, unpickle } from "../formats/pickle.js";
import { reading } from "../outlines.js";
import { choose, labelled, type Truth, type TruthOptions } from "../truth.js";
import type { Layout } from "./layout.js";
import { imageSuffix, match } from "./match.js";

/** What Cellpose's window saves beside an image: a pickle, read without executing anything. */
export const cellpose: Layout = {
  name: "cellpose",
  title: "x_seg.npy (Cellpose) beside the images",
  async find(folder) {
    const files = folder.ending("_seg.npy");
    if (files.length === 0) return null;
    const { pairs, problems } = match(folder.images(), files, { maskSuffix: /_seg$/i, imageSuffix });
    return { samples: pairs.map((pair) => ({ ...pair, readTruth: (options) => readSeg(pair.mask, options) })), problems };
  },
};

export async function readSeg(path: string, options: TruthOptions): Promise<Truth> {
  return reading(path, async () => {
    const bytes = await readBytes(path);
    const { type, start } = npyHeader(bytes);
    if (type !== "|O") throw new Error("it is no file of Cellpose's");
    const dictionary = pickledObject(unpickle(bytes.subarray(start)));
    const masks = dictionary instanceof Map ? pickledArray(dictionary.get("masks")) : undefined;
    if (!masks) throw new Error('it holds no array "masks"');
    const [height = 0, width = 0] = masks.shape;
    if (masks.shape.length !== 2)
      throw new Error(`its masks have ${masks.shape.length} axes (${masks.shape.join(" × ")}); a plane has two`);
    const count = new Set(masks.values as Iterable<number>).size;
    return choose(labelled(masks.values, width, height, { values: count, parts: count }), path, options);
  });
}
