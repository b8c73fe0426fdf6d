/** What became of each cell of an image. */
import type { NativeScoredCells } from "../addon/contract.js";
import { type Instance, instancesOf } from "../predict/instances.js";
import { csvField, csvNumber } from "../system/csv-field.js";

/** `found`: has a match at IoU ≥ 0.5. Without one: `merged` is one of several under one prediction, `split` one of several in one cell. */
export type Outcome = "found" | "missed" | "phantom" | "merged" | "split";

/** A true or a predicted cell. `score` is the mean probability of its pixels. */
export interface JudgedCell extends Instance {
  readonly side: "true" | "predicted";
  readonly outcome: Outcome;
  /** Label of its match; 0 without. */
  readonly partner: number;
  /** The highest with any cell of the other side. */
  readonly iou: number;
  /** Cells of the other side of which at least half lies in it: from 2 on, a true one is split and a predicted one merged. */
  readonly holds: number;
  /** The largest `holds` of the cells of the other side that at least half of it lies in. */
  readonly beside: number;
}

/** The partner of a predicted cell that lies where the truth says nothing. */
const uncounted = -1;

/** Every true cell, and every predicted one that counts. */
export function judgedCells(
  { truth, trueFates, predictedFates }: NativeScoredCells,
  predicted: readonly Instance[],
): JudgedCell[] {
  const judged = (side: JudgedCell["side"], cells: readonly Instance[], fates: Float64Array) =>
    cells.flatMap((cell, i): JudgedCell[] => {
      const [partner, iou, holds, beside] = fates.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
      if (partner === uncounted) return [];
      return [{ ...cell, side, partner, iou, holds, beside, outcome: outcomeOf(side, partner, holds, beside) }];
    });
  return [...judged("true", instancesOf(truth), trueFates), ...judged("predicted", predicted, predictedFates)];
}

function outcomeOf(side: JudgedCell["side"], partner: number, holds: number, beside: number): Outcome {
  if (partner > 0) return "found";
  if (side === "true") return beside >= 2 ? "merged" : holds >= 2 ? "split" : "missed";
  return holds >= 2 ? "merged" : beside >= 2 ? "split" : "phantom";
}

type Column = readonly [name: string, value: (cell: JudgedCell) => number | string];

const columns: readonly Column[] = [
  ["side", ({ side }) => side],
  ["label", ({ label }) => label],
  ["outcome", ({ outcome }) => outcome],
  ["area_px", ({ area }) => area],
  ["centroid_x_px", ({ centroid }) => centroid.x],
  ["centroid_y_px", ({ centroid }) => centroid.y],
  ["left_px", ({ boundingBox }) => boundingBox.x],
  ["top_px", ({ boundingBox }) => boundingBox.y],
  ["width_px", ({ boundingBox }) => boundingBox.width],
  ["height_px", ({ boundingBox }) => boundingBox.height],
  ["probability", ({ score }) => score],
  ["partner", ({ partner }) => partner || ""],
  ["iou", ({ iou }) => iou],
  ["holds", ({ holds }) => holds],
  ["beside", ({ beside }) => beside],
];

/** One row for each true and each predicted cell. */
export const cellsHead = `${["image", ...columns.map(([name]) => name)].join(",")}\n`;

export function cellRows(image: string, cells: readonly JudgedCell[]): string {
  const name = csvField(image);
  const field = (value: number | string) => (typeof value === "number" ? csvNumber(value) : value);
  return cells.map((cell) => `${[name, ...columns.map(([, value]) => field(value(cell)))].join(",")}\n`).join("");
}
