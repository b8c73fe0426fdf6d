import { type Cell, escaped, paragraph, raw, section, table } from "../../render/html.js";
import type { ComparedRow, Comparison } from "../comparison.js";
import type { MetricName } from "../metrics.js";
import { intervalOf, missing, withDeviation } from "../words.js";

const shown: readonly MetricName[] = [
  "diceWithCells",
  "dicePerImage",
  "diceMicro",
  "iouMicro",
  "boundaryF1",
  "meanDistance",
  "objectF1",
  "smallRecall",
  "lesionRecall",
];

/** Table II of the paper, on these images. */
export function tableTwo(comparison: Comparison): string {
  const { metrics, rows } = comparison;
  const systems = rows.filter(({ kind }) => kind !== "ablation");
  const head = [
    "System",
    { content: "Paper: Dice, other data", class: "paper", title: "Printed in the paper's Table II, for its own images" },
    ...shown.map((name) => ({
      content: `${metrics[name].title}${metrics[name].unit === "px" ? ", px" : ""}`,
      title: metrics[name].description,
    })),
  ];
  const body = systems.map((row) => [
    rowName(row),
    { content: row.paperDice === null ? missing : `${row.paperDice.toFixed(1)} %`, class: "paper" },
    ...shown.map((name) => scoreCell(row, name)),
  ]);
  return section(
    "systems",
    "The systems",
    paragraph(
      "The mean over the repetitions, ± its standard deviation where there are several, and below it the 95 % interval over images. The column of " +
        "the paper was measured on other images with another budget: its order may be compared, its height may not.",
    ),
    table("Scores on the test images", head, body),
  );
}

export function rowName({ title, description }: Pick<ComparedRow, "title" | "description">): Cell {
  return { content: raw(`${escaped(title)}<small>${escaped(description)}</small>`) };
}

export function scoreCell({ scores }: ComparedRow, name: MetricName): string | Cell {
  const score = scores?.[name];
  if (!score || Number.isNaN(score.value)) return missing;
  return { content: raw(`${escaped(withDeviation(name, score))}<small>${escaped(intervalOf(name, score))}</small>`) };
}
