import { type PlotLine, plot } from "../../render/chart.js";
import { paragraph, section } from "../../render/html.js";
import type { ComparedRow, Comparison } from "../comparison.js";
import type { EpochRecord } from "../learning.js";

/** Validation Dice by epoch and by minute, all on one scale. */
export function curveSection({ rows }: Comparison): string {
  const trained = rows.filter(({ curves }) => curves.some(({ epochs }) => epochs.some(({ dice }) => dice !== null)));
  const range = extentOf(trained.flatMap((row) => pointsOf(row, "epoch")).flatMap((point) => point.range));
  const charts = [
    [false, "Systems"],
    [true, "Ablations, beside the whole system"],
  ].flatMap(([kind, title]) => {
    const some = trained.filter((row) => (row.kind === "ablation") === kind);
    const whole = trained.filter(({ name }) => kind && some.some(({ base }) => base === name));
    if (some.length === 0) return [];
    const lines = (x: "epoch" | "minutes") =>
      [...whole, ...some].map((row): PlotLine => ({ name: row.title, points: pointsOf(row, x) }));
    return [
      plot({ title: `${title}, by epochs`, xTitle: "epoch", lines: lines("epoch"), range }),
      plot({ title: `${title}, by minutes`, xTitle: "minutes of training", lines: lines("minutes"), range }),
    ];
  });
  if (charts.length === 0) return section("curves", "Learning curves");
  return section(
    "curves",
    "Learning curves",
    paragraph(
      "Mean of the Dice of images with cells and the micro Dice on the validation images, by which the best epoch is chosen; mean over the seeds, the bands from the lowest to the highest.",
    ),
    `<div class="plots">${charts.join("\n")}</div>`,
  );
}

function extentOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** By epoch, over the curves that have one. */
function pointsOf({ curves }: ComparedRow, x: "epoch" | "minutes") {
  const last = Math.max(...curves.map(({ epochs }) => epochs.length));
  return Array.from({ length: last }, (_, i) => curves.flatMap(({ epochs }) => epochs[i] ?? [])).flatMap((records) => {
    const valid = records.filter((record): record is EpochRecord & { dice: number } => record.dice !== null);
    if (valid.length === 0) return [];
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const dice = valid.map((record) => record.dice);
    return [{ x: mean(valid.map((record) => record[x])), y: mean(dice), range: extentOf(dice) }];
  });
}
