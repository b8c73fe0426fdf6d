/** Cells as COCO reads them: https://cocodataset.org/#format-data, with masks as pycocotools' compressed run lengths. */

import { cellMapHandle } from "../../addon/handles.js";
import { settle } from "../../addon/job.js";
import { check, checkObject, checkText } from "../../system/arguments.js";
import { Turns } from "../../system/turns.js";
import { packageVersion } from "../../system/version.js";
import type { Instance } from "../instances.js";
import { checkPredicted, type PredictedCells } from "../predicted-cells.js";
import { TextPieces } from "./pieces.js";

export interface CocoCells {
  info: { description: string; version: string };
  images: { id: number; file_name: string; width: number; height: number }[];
  annotations: {
    id: number;
    image_id: number;
    category_id: number;
    segmentation: { size: [number, number]; counts: string };
    /** px */
    area: number;
    /** Left, top, width, height; px. */
    bbox: [number, number, number, number];
    iscrowd: 0;
    /** Mean probability. */
    score: number;
  }[];
  categories: { id: number; name: string; supercategory: string }[];
}

const cell = { id: 1, name: "cell", supercategory: "" };

/** One document for any number of images. */
export async function cocoCells(
  images:
    | Iterable<{ file: string; prediction: PredictedCells }>
    | AsyncIterable<{ file: string; prediction: PredictedCells }> = [],
): Promise<CocoCells> {
  const listed = typeof images === "object" && images !== null && !ArrayBuffer.isView(images);
  const iterable = listed && (Symbol.iterator in images || Symbol.asyncIterator in images);
  check(iterable, images, "images", "a list of { file, prediction }");
  const document = emptyCocoCells();
  for await (const image of images) {
    checkObject(image, "each of images", "{ file, prediction }", ["file", "prediction"]);
    await addCocoImage(document, image.file, image.prediction);
  }
  return document;
}

export function emptyCocoCells(): CocoCells {
  const info = { description: "Cells found by acinus", version: packageVersion() };
  return { info, images: [], annotations: [], categories: [cell] };
}

/** For more images than predictions fit into memory. */
export async function addCocoImage(
  document: CocoCells,
  file: string,
  prediction: PredictedCells,
  signal?: AbortSignal,
): Promise<void> {
  checkText(file, "file");
  checkPredicted(prediction);
  const { width, height, instances } = prediction;
  const runs = await settle(() => prediction[cellMapHandle].runLengths(), signal);
  await addCocoCells(document, { file, width, height }, instances, runs, signal);
}

/** @param runs the run lengths of each cell. */
export async function addCocoCells(
  document: CocoCells,
  { file, width, height }: { readonly file: string; readonly width: number; readonly height: number },
  cells: readonly Instance[],
  runs: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const turns = new Turns();
  const id = document.images.length + 1;
  document.images.push({ id, file_name: file, width, height });
  for (const [i, { area, score, boundingBox: box }] of cells.entries()) {
    if (turns.due()) await turns.next(signal);
    document.annotations.push({
      id: document.annotations.length + 1,
      image_id: id,
      category_id: cell.id,
      segmentation: { size: [height, width], counts: runs[i] as string },
      area,
      bbox: [box.x, box.y, box.width, box.height],
      iscrowd: 0,
      score,
    });
  }
}

/** The pieces of a file: the text that `JSON.stringify` makes of the whole, and a newline. */
export async function cocoPieces({ annotations, categories, ...rest }: CocoCells, signal?: AbortSignal): Promise<Uint8Array[]> {
  const turns = new Turns();
  const text = new TextPieces();
  text.add(`${JSON.stringify(rest).slice(0, -1)},"annotations":[`);
  for (const [i, annotation] of annotations.entries()) {
    const one = JSON.stringify(annotation);
    text.add(i > 0 ? `,${one}` : one);
    if (turns.due(one.length)) await turns.next(signal);
  }
  text.add(`],"categories":${JSON.stringify(categories)}}\n`);
  return text.finish();
}
