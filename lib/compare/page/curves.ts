import { AcinusError } from "../../errors.js";
import { paragraph, section } from "../../render/html.js";
import { drawLineCharts } from "../../render/line-charts.js";
import type { ComparedRow, Comparison } from "../comparison.js";
import type { EpochRecord } from "../learning.js";

/** Validation Dice by epoch and by minute, all on one scale. */
export async function curveSection({ rows }: Comparison): Promise<string> {
  const trained = rows.filter(({ curves }) => curves.some(({ epochs }) => epochs.some(({ dice }) => dice !== null)));
  const charts: string[] = [];
  for (const [kind, title] of [
    [false, "Systems"],
    [true, "Ablations, beside the whole system"],
  ] as const) {
    const some = trained.filter((row) => (row.kind === "ablation") === kind);
    const whole = trained.filter(({ name }) => kind && some.some(({ base }) => base === name));
    if (some.length === 0) continue;
    try {
      charts.push(`<div class="chart">${await chart(title, [...whole, ...some])}</div>`);
    } catch (error) {
      if (!(error instanceof AcinusError)) throw error;
      charts.push(paragraph(`There is no chart. ${error.message} The same command then draws it, and trains nothing.`));
      break; // Vega is optional
    }
  }
  return section(
    "curves",
    "Learning curves",
    charts.length > 0
      ? paragraph(
          "Mean of the Dice of images with cells and the micro Dice on the validation images, by which the best epoch is chosen; mean over the seeds, the bars from the lowest to the highest.",
        )
      : "",
    ...charts,
  );
}

function chart(title: string, rows: readonly ComparedRow[]): Promise<string> {
  const line = (x: "epoch" | "minutes") => (row: ComparedRow) => ({ name: row.title, points: pointsOf(row, x) });
  const panels = [
    { title: "epoch", lines: rows.map(line("epoch")) },
    { title: "minutes of training", lines: rows.map(line("minutes")) },
  ];
  return drawLineCharts({ title, yTitle: "validation Dice", panels });
}

/** By epoch, over the curves that have one. */
function pointsOf({ curves }: ComparedRow, x: "epoch" | "minutes") {
  const last = Math.max(...curves.map(({ epochs }) => epochs.length));
  return Array.from({ length: last }, (_, i) => curves.flatMap(({ epochs }) => epochs[i] ?? [])).flatMap((records) => {
    const valid = records.filter((record): record is EpochRecord & { dice: number } => record.dice !== null);
    if (valid.length === 0) return [];
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const dice = valid.map((record) => record.dice);
    const range: [number, number] = [Math.min(...dice), Math.max(...dice)];
    return [{ x: mean(valid.map((record) => record[x])), y: mean(dice), range }];
  });
}
