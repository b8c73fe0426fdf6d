import { csvField, csvNumber } from "../system/csv-field.js";
import type { Evaluation, ImageEvaluation } from "./evaluation.js";

type Column = readonly [name: string, value: (image: ImageEvaluation) => number | string | boolean];

const columns: readonly Column[] = [
  ["image", ({ files }) => files.image],
  ["mask", ({ files }) => files.mask ?? ""],
  ["height", ({ size }) => size.height],
  ["width", ({ size }) => size.width],
  ["has_cells", ({ hasCells }) => hasCells],
  ["dice", ({ pixel }) => pixel.dice],
  ["iou", ({ pixel }) => pixel.iou],
  ["precision", ({ pixel }) => pixel.precision],
  ["recall", ({ pixel }) => pixel.recall],
  ["specificity", ({ pixel }) => pixel.specificity],
  ["true_positive_px", ({ tp }) => tp],
  ["false_positive_px", ({ fp }) => fp],
  ["false_negative_px", ({ fn }) => fn],
  ["true_negative_px", ({ tn }) => tn],
  ["boundary_f1", ({ boundary }) => boundary.f1],
  ["mean_distance_px", ({ boundary }) => boundary.meanDistance],
  ["hd95_px", ({ boundary }) => boundary.hd95],
  ["shift_px", ({ boundary }) => boundary.shift],
  ["cells_true", ({ objects }) => objects.truth],
  ["cells_predicted", ({ objects }) => objects.predicted],
  ["cells_matched", ({ objects }) => objects.matched],
  ["object_f1", ({ objects }) => objects.f1],
  ["average_precision", ({ objects }) => objects.averagePrecision],
  ["aggregated_jaccard", ({ objects }) => objects.aggregatedJaccard],
  ["panoptic_quality", ({ objects }) => objects.panopticQuality],
  ["merge_rate", ({ objects }) => objects.mergeRate],
  ["outlier", ({ outlier }) => outlier],
];

/** One row an image, comma-separated (RFC 4180 with line feeds); what is undefined is left empty. */
export function imageTable({ perImageScores }: Evaluation): string {
  const rows = perImageScores.map((image) => columns.map(([, value]) => field(value(image))));
  return `${[columns.map(([name]) => name), ...rows].map((row) => row.join(",")).join("\n")}\n`;
}

export const imageTableHead = `${columns.map(([name]) => name).join(",")}\n`;

function field(value: number | string | boolean): string {
  return typeof value === "number" ? csvNumber(value) : csvField(String(value));
}
