import { basename } from "node:path";
import { readBytes } from "../formats/file.js";
import { type ImageJRoi, readRoi } from "../formats/roi.js";
import { unzip } from "../formats/zip.js";
import { reading } from "../outlines.js";
import { type Annotations, findBeside } from "./beside.js";
import type { Layout } from "./layout.js";

/** Regions as ImageJ's ROI Manager saves them. */
export const imagej: Layout = {
  name: "imagej",
  title: "x_RoiSet.zip, x.zip or x.roi (ImageJ) beside the images",
  find: (folder) =>
    findBeside(folder, {
      endings: [".zip", ".roi"],
      folders: ["rois", "roi", "masks", "labels", "annotations"],
      suffix: /[_-]?rois?([_-]?set)?$/i,
      read: readRois,
      accepts: async (path) => path.toLowerCase().endsWith(".roi") || unzip(await readBytes(path), ".roi").size > 0,
    }),
};

export async function readRois(path: string): Promise<Annotations> {
  return reading(path, async () => {
    const bytes = await readBytes(path);
    const rois: ImageJRoi[] = path.toLowerCase().endsWith(".roi")
      ? [readRoi(bytes)]
      : [...unzip(bytes, ".roi")].map(([name, data]) => readRoi(data, basename(name, ".roi")));
    return { outlines: rois.flatMap(({ shape }) => (shape ? [{ shapes: [shape], className: null }] : [])) };
  });
}
