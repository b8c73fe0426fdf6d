import { open } from "node:fs/promises";
import { basename, join, normalize, parse, sep } from "node:path";
import { DataError } from "../../errors.js";
import type { Folder } from "../folder.js";
import { fillRuns, readCounts } from "../formats/coco-rle.js";
import { readJson } from "../formats/file.js";
import { fill } from "../formats/fill.js";
import { notOutlines, reading } from "../outlines.js";
import { choose, labelled, type Truth } from "../truth.js";
import type { ImageSize } from "../types.js";
import type { FoundSamples, Layout, LayoutSample, ReadOptions } from "./layout.js";

/** One JSON file for all images, as COCO and LIVECell have it. */
export const coco: Layout = {
  name: "coco",
  title: "one COCO .json for a folder of images",
  async find(folder) {
    const files = await documents(folder);
    const [file, other] = files;
    if (file === undefined) return null;
    if (other !== undefined) {
      const message = `${folder.path} holds ${files.length} COCO files: ${files.map((path) => basename(path)).join(", ")}.`;
      throw new DataError("ACINUS_NO_PAIRS", message, {
        file: folder.path,
        value: files,
        fix: `Name the one that is meant in place of the folder: ${file}`,
      });
    }
    return readDocument(folder, file);
  },
};

interface Annotation {
  image_id: unknown;
  category_id: unknown;
  segmentation: unknown;
  iscrowd?: unknown;
}

async function documents(folder: Folder): Promise<string[]> {
  const candidates = folder.ending(".json");
  for (const name of folder.named(["annotations"])) candidates.push(...(await folder.folder(name)).ending(".json"));
  const found = await Promise.all(candidates.map(async (path) => ((await isCoco(path)) ? [path] : [])));
  return found.flat();
}

/** A COCO document names its images, annotations or categories near its beginning or its end. */
async function isCoco(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const span = 65536;
    const part = async (at: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(span, size)), 0, Math.min(span, size), at);
      return buffer.toString("utf8", 0, bytesRead);
    };
    const text = `${await part(0)} ${size > span ? await part(size - span) : ""}`;
    return (
      ['"images"', '"annotations"', '"categories"'].filter((key) => text.includes(key)).length >= 2 ||
      /"(file_name|segmentation)"\s*:/.test(text)
    );
  } finally {
    await file.close();
  }
}

async function readDocument(folder: Folder, file: string): Promise<FoundSamples | null> {
  const document = (await readJson(file)) as { images?: unknown; annotations?: unknown; categories?: unknown } | null;
  const { images, annotations = [], categories = [] } = document ?? {};
  if (!Array.isArray(images)) return null;
  if (!Array.isArray(annotations) || !Array.isArray(categories)) throw notOutlines(file, "its annotations are no list");
  const names = new Map(categories.map(({ id, name }: { id: unknown; name: unknown }) => [id, String(name)]));
  const ofImage = new Map<unknown, Annotation[]>();
  for (const annotation of annotations as Annotation[]) {
    const list = ofImage.get(annotation.image_id) ?? [];
    ofImage.set(annotation.image_id, list);
    list.push(annotation);
  }
  const paths = await imagePaths(folder);
  const samples: LayoutSample[] = [];
  const problems: DataError[] = [];
  for (const { id, file_name } of images as { id: unknown; file_name: unknown }[]) {
    const asked = normalize(String(file_name));
    const image = paths.get(asked) ?? paths.get(basename(asked));
    if (image === undefined || asked.startsWith("..")) {
      problems.push(
        new DataError("ACINUS_MISSING_IMAGE", `${file} names the image ${file_name}, which is not in ${folder.path}.`, {
          file: image ?? file,
          value: file_name,
          fix: "Add the image, or remove its entry.",
        }),
      );
      continue;
    }
    const cells = ofImage.get(id) ?? [];
    const name = join(parse(asked).dir, parse(asked).name);
    samples.push({
      name,
      image,
      mask: file,
      readTruth: async (options, size) => draw(file, cells, names, await size, options),
    });
  }
  return { samples, problems };
}

/** Images of the folder and of those in it, by name alone and by the last folders of their path. */
async function imagePaths(folder: Folder, depth = 3): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  for (const path of folder.images()) result.set(basename(path), path);
  if (depth === 0) return result;
  for (const name of folder.folders) {
    for (const [inner, path] of await imagePaths(await folder.folder(name), depth - 1)) {
      result.set(`${name}${sep}${inner}`, path);
      if (!result.has(inner)) result.set(inner, path);
    }
  }
  return result;
}

async function draw(
  file: string,
  cells: readonly Annotation[],
  names: ReadonlyMap<unknown, string>,
  { width, height }: ImageSize,
  options: ReadOptions,
): Promise<Truth> {
  return reading(file, () => {
    const labels = new Int32Array(width * height);
    cells.forEach(({ segmentation }, i) => {
      if (Array.isArray(segmentation)) {
        for (const ring of segmentation as unknown[]) {
          if (!Array.isArray(ring) || !ring.every((value) => typeof value === "number"))
            throw new Error("a segmentation is no list of coordinates");
          fill(labels, width, height, [ring as number[]], i + 1);
        }
        return;
      }
      const { counts, size } = (segmentation ?? {}) as { counts?: unknown; size?: unknown };
      const runs = typeof counts === "string" ? readCounts(counts) : counts;
      if (!Array.isArray(runs) || !Array.isArray(size)) throw new Error("a segmentation is neither polygons nor run lengths");
      if (size[0] !== height || size[1] !== width)
        throw new Error(`a segmentation is of ${size.join("×")} pixels, its image of ${height}×${width}`);
      fillRuns(labels, width, height, runs, i + 1);
    });
    const classOf = cells.map(({ category_id }) => names.get(category_id) ?? null);
    return choose(labelled(labels, width, height, { classOf, values: cells.length, parts: cells.length }), file, options);
  });
}
