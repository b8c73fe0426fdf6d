import { type ComparedRow, type Comparison, checkComparison } from "./comparison.js";
import { type MetricName, metrics } from "./metrics.js";
import { decimal, intervalOf, missing, probability, signed, value, withDeviation } from "./words.js";

const columns: readonly MetricName[] = ["diceWithCells", "diceMicro", "boundaryF1", "lesionRecall"];
const heads: Partial<Record<MetricName, string>> = {
  diceWithCells: "Dice with cells",
  diceMicro: "micro",
  boundaryF1: "boundary F1",
  lesionRecall: "small recall",
};

/** The comparison as lines of text for a terminal: a row each, and how it differs from the one that it is compared with. */
export function comparisonTable(comparison: Comparison): string {
  checkComparison(comparison);
  const { rows, data, failures } = comparison;
  const head = [
    "",
    "paper*",
    ...columns.map((name) => heads[name] ?? metrics[name].title),
    "lowest",
    "minutes",
    "against",
    "difference",
  ];
  const body = rows.map((row) => [
    row.kind === "ablation" ? `  ${row.title}` : row.title,
    row.paperDice === null ? "" : row.paperDice.toFixed(1),
    ...columns.map((name) => (row.scores ? withDeviation(name, row.scores[name]) : missing)),
    row.spread ? value("dicePerImage", row.spread.minimum) : missing,
    decimal(row.cost.minutes),
    ...against(row, comparison),
  ]);
  const all = [head, ...body];
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  const lines = all.map((row) =>
    row
      .map((text, i) => (i === 0 || i > 7 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number)))
      .join("  ")
      .trimEnd(),
  );
  return [
    `${data.test} images, ${data.testWithCells} with cells; ± over seeds; differences of the Dice with cells, 95 % over ${data.unit}s, p by Holm`,
    "",
    ...lines,
    "",
    "* printed in the paper's Table II for other data, %",
    ...failures.map(({ system, seed, message }) => `${system}${seed === null ? "" : `, seed ${seed}`} failed: ${message}`),
  ].join("\n");
}

/** An ablation against its base, everything else against the Enhanced system. */
function against({ name, base }: ComparedRow, { rows, differences }: Comparison): [string, string] {
  const other = base ?? "enhanced";
  const found = differences.find(
    ({ metric, first, second }) =>
      metric === "diceWithCells" && ((first === name && second === other) || (first === other && second === name)),
  );
  if (!found || name === other) return ["", ""];
  const turned = found.first === name ? found : { ...found, value: -found.value, low: -found.high, high: -found.low };
  const text = `${signed("diceWithCells", turned.value)} (${intervalOf("diceWithCells", turned)}; p ${probability(found.adjusted)})`;
  return [rows.find((row) => row.name === other)?.title ?? other, `${text}${found.verdict === "real" ? " real" : ""}`];
}
