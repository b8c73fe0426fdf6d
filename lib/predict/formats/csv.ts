/** Cells as a table: one row a cell, RFC 4180 with line feeds. */
import { csvField } from "../../system/csv-field.js";
import { Turns } from "../../system/turns.js";
import type { PredictedCells } from "../predicted-cells.js";
import type { TextPieces } from "./pieces.js";

const columns = [
  ...["image", "label", "area_px", "perimeter_px", "circularity", "eccentricity", "centroid_x_px", "centroid_y_px"],
  ...["mean_red", "mean_green", "mean_blue", "probability"],
  ...["pixel_size_um", "area_um2", "perimeter_um", "centroid_x_um", "centroid_y_um"],
];

export const csvHead = `${columns.join(",")}\n`;

/** Adds the rows of one image. What is not known, of an image without a pixel size for example, is left empty. */
export async function addCsvRows(
  text: TextPieces,
  image: string,
  prediction: Pick<PredictedCells, "pixelSize" | "measurements">,
  signal?: AbortSignal,
): Promise<void> {
  const { pixelSize } = prediction;
  const name = csvField(image);
  const turns = new Turns();
  for (const cell of await prediction.measurements(signal)) {
    if (turns.due(20)) await turns.next(signal);
    const { label, area, perimeter, circularity, eccentricity, centroid, intensity, score } = cell;
    const um = pixelSize === undefined ? [] : [pixelSize, area * pixelSize ** 2];
    if (pixelSize !== undefined) um.push(...[perimeter, centroid.x, centroid.y].map((length) => length * pixelSize));
    const values = [label, area, perimeter, circularity, eccentricity, centroid.x, centroid.y, ...(intensity ?? ["", "", ""])];
    const row = [name, ...[...values, score].map(number), ...Array.from({ length: 5 }, (_, i) => number(um[i] ?? ""))];
    text.add(`${row.join(",")}\n`);
  }
}

/** The images that a table is about. */
export function imagesOfCsv(text: string): string[] {
  if (!text.startsWith(csvHead)) return ["\0"]; // a table of other columns is about something else
  const names = new Set<string>();
  for (const match of text.slice(csvHead.length).matchAll(/^(?:"((?:[^"]|"")*)"|([^",\n]*)),.*$/gm)) {
    names.add(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
  }
  return [...names];
}

/** With six significant decimals: more is noise. */
function number(value: number | string): string {
  return typeof value === "string" ? value : String(Number(value.toFixed(6)));
}
