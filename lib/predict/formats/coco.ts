/** Cells as COCO reads them: https://cocodataset.org/#format-data, with masks as pycocotools' compressed run lengths. */

import { packageVersion } from "../../system/version.js";
import type { Instance } from "../instances.js";
import type { Prediction } from "../prediction.js";

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
export function cocoCells(images: Iterable<{ file: string; prediction: Prediction }> = []): CocoCells {
  const info = { description: "Cells found by acinus", version: packageVersion() };
  const document: CocoCells = { info, images: [], annotations: [], categories: [cell] };
  for (const { file, prediction } of images) addCocoImage(document, file, prediction);
  return document;
}

/** For more images than predictions fit into memory. */
export function addCocoImage(document: CocoCells, file: string, prediction: Prediction): void {
  const { width, height, labels } = prediction;
  const id = document.images.length + 1;
  document.images.push({ id, file_name: file, width, height });
  for (const instance of prediction.instances) {
    const { area, score, boundingBox: box } = instance;
    document.annotations.push({
      id: document.annotations.length + 1,
      image_id: id,
      category_id: cell.id,
      segmentation: { size: [height, width], counts: compressed(runs(labels, instance, height, width)) },
      area,
      bbox: [box.x, box.y, box.width, box.height],
      iscrowd: 0,
      score,
    });
  }
}

/** Lengths of the runs outside, inside, outside, … of a cell, column by column. */
function runs(labels: Int32Array, { label, boundingBox: box }: Instance, height: number, width: number): number[] {
  const lengths: number[] = [];
  let [end, inside] = [0, false]; // of the last run; of the cell, in the current one
  const change = (position: number) => {
    lengths.push(position - end);
    [end, inside] = [position, !inside];
  };
  for (let x = box.x; x < box.x + box.width; x++) {
    for (let y = box.y; y < box.y + box.height; y++) {
      if ((labels[y * width + x] === label) !== inside) change(x * height + y);
    }
    // Outside of the box is outside of the cell; over the image's full height a run may go on in the next column.
    if (inside && box.height < height) change(x * height + box.y + box.height);
  }
  if (inside) change((box.x + box.width - 1) * height + box.y + box.height);
  if (end < height * width) lengths.push(height * width - end);
  return lengths;
}

/** pycocotools' `rleToString`: from the fourth run on the difference to the one before the last, five bits and a sign a letter. */
function compressed(lengths: readonly number[]): string {
  let text = "";
  lengths.forEach((length, i) => {
    let rest = i > 2 ? length - (lengths[i - 2] as number) : length;
    for (let more = true; more; ) {
      const bits = rest & 0x1f;
      rest >>= 5;
      more = bits & 0x10 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(48 + (more ? bits | 0x20 : bits));
    }
  });
  return text;
}
