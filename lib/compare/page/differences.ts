import { type Cell, escaped, paragraph, section, table } from "../../render/html.js";
import type { Comparison, Difference } from "../comparison.js";
import type { MetricName } from "../metrics.js";
import { intervalOf, probability, signed, value } from "../words.js";

const shown: readonly MetricName[] = ["diceWithCells", "diceMicro", "boundaryF1", "objectF1", "lesionRecall"];

/** Which differences between systems are real. */
export function differenceSection({ differences, rows, metrics, bootstrap, data }: Comparison): string {
  const systems = new Set(rows.filter(({ kind }) => kind !== "ablation").map(({ name }) => name));
  const between = differences.filter(({ first, second }) => systems.has(first) && systems.has(second));
  if (between.length === 0) return "";
  const title = (name: string) => rows.find((row) => row.name === name)?.title ?? name;
  const unit = data.unit === "group" ? "groups of images" : "images";
  const charts = shown.map((metric) => {
    const found = between.filter((one) => one.metric === metric && !Number.isNaN(one.value));
    return found.length === 0 ? "" : `<h3>${escaped(metrics[metric].title)}</h3>\n${forest(found, metric, title)}`;
  });
  return section(
    "differences",
    "Differences between systems",
    paragraph(
      `Each line is a paired difference on the same images with its 95 % interval over ${data.units} ${unit} (${bootstrap.rounds} resampled sets). A ` +
        "difference counts as real, and is drawn full, where its p, corrected by Holm for all differences of the score, is below 0.05 and every seed " +
        "has its sign.",
    ),
    ...charts,
    details(between, title),
  );
}

function details(differences: readonly Difference[], title: (name: string) => string): string {
  const head = ["Difference", "Score", "Value", "95 % interval", "p", "p, Holm", "Verdict"];
  const rows = differences
    .filter(({ metric, value: number }) => shown.includes(metric) && !Number.isNaN(number))
    .map((one) => [`${title(one.first)} − ${title(one.second)}`, one.metric, ...differenceCells(one)]);
  return `<details><summary>All differences as a table</summary>${table("Paired differences", head, rows)}</details>`;
}

export function differenceCells(one: Difference): (string | Cell)[] {
  const { metric, value: number, p, adjusted, verdict } = one;
  return [signed(metric, number), intervalOf(metric, one), probability(p), probability(adjusted), verdict];
}

const row = 26;
const [left, plot, right] = [260, 420, 150];

/** Points with their intervals about 0. */
function forest(differences: readonly Difference[], metric: MetricName, title: (name: string) => string): string {
  const reach = Math.max(
    ...differences.flatMap(({ low, high, value: number }) => [low, high, number].map(Math.abs)).filter(Number.isFinite),
    1e-6,
  );
  const x = (number: number) => left + plot / 2 + (number / (1.08 * reach)) * (plot / 2);
  const height = differences.length * row + 28;
  const lines = differences.map((one, i) => {
    const y = i * row + row / 2;
    const text = `${title(one.first)} − ${title(one.second)}`;
    const label = `<text x="${left - 12}" y="${y + 4}" text-anchor="end">${escaped(text)}</text>`;
    const bar = Number.isFinite(one.low)
      ? `<line class="bar ${one.verdict}" x1="${x(one.low).toFixed(1)}" x2="${x(one.high).toFixed(1)}" y1="${y}" y2="${y}"/>`
      : "";
    const point = `<circle class="${one.verdict}" stroke-width="2" cx="${x(one.value).toFixed(1)}" cy="${y}" r="5"/>`;
    const figures = `<text x="${left + plot + 12}" y="${y + 4}">${escaped(signed(metric, one.value))}${one.verdict === "real" ? ", real" : ""}</text>`;
    return label + bar + point + figures;
  });
  const ends = [-reach, 0, reach].map((number) => {
    return `<text x="${x(number).toFixed(1)}" y="${height - 6}" text-anchor="middle">${escaped(number === 0 ? "0" : `${number < 0 ? "−" : ""}${value(metric, Math.abs(number))}`)}</text>`;
  });
  const zero = `<line class="zero" x1="${x(0)}" x2="${x(0)}" y1="0" y2="${height - 24}"/>`;
  const width = left + plot + right;
  return `<div class="chart"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Differences with intervals" font-size="13">${zero}${lines.join("")}${ends.join("")}</svg></div>`;
}
