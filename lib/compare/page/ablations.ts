import { type Cell, escaped, paragraph, raw, section, table } from "../../render/html.js";
import type { ComparedRow, Comparison, Difference } from "../comparison.js";
import { type MetricName, metrics } from "../metrics.js";
import { decimal, intervalOf, missing, probability, signed } from "../words.js";
import { rowName, scoreCell } from "./table-two.js";

/** What each part of the method is worth here. */
export function ablationSection(comparison: Comparison): string {
  const { rows, differences } = comparison;
  const ablated = rows.filter(({ kind }) => kind === "ablation");
  if (ablated.length === 0) return "";
  const find = (name: string, metric: MetricName) => differences.find((one) => one.first === name && one.metric === metric);
  const body = ablated.map((row) => {
    const argued = row.argues !== null && row.argues !== "stability" ? row.argues : null;
    return [
      rowName(row),
      scoreCell(row, "diceWithCells"),
      differenceCell(find(row.name, "diceWithCells")),
      argued ? metrics[argued].title : row.argues === "stability" ? "stability, see below" : missing,
      argued ? scoreCell(row, argued) : missing,
      argued ? differenceCell(find(row.name, argued)) : missing,
    ];
  });
  const bases = rows.filter(({ name }) => ablated.some(({ base }) => base === name));
  const names = bases.map(({ title, scores }) => `${title}${scores ? "" : " (not complete here)"}`).join(" or ");
  return section(
    "ablations",
    "Ablations",
    paragraph(
      `Each row changes one thing of ${names}; a difference below 0 means that the part helped where ` +
        "the score is one to be high. The paper argues with the boundary error for the edge channel, with the recall of small lesions for sampling, " +
        "and with the course of training for stabilisation.",
    ),
    table(
      "The changed system, and the difference from the whole one",
      ["Change", metrics.diceWithCells.title, "Difference", "Argued with", "Its value", "Difference"],
      body,
    ),
  );
}

function differenceCell(one: Difference | undefined): string | Cell {
  if (!one || Number.isNaN(one.value)) return missing;
  const { metric, value, adjusted, verdict } = one;
  const good = metrics[metric].better * value;
  const small = `${intervalOf(metric, one)}; p ${probability(adjusted)}`;
  const content = raw(`${escaped(signed(metric, value))}<small>${escaped(small)}</small>`);
  return verdict === "real" && good !== 0 ? { content, class: good > 0 ? "better" : "worse" } : { content };
}

/** How evenly the trainings went. */
export function stabilitySection({ rows }: Comparison): string {
  const trained = rows.filter((row): row is ComparedRow & { stability: object } => row.stability !== null);
  if (trained.length === 0) return "";
  const body = trained.map((row) => {
    const { collapses, jitter, skippedSteps, outliers, bestEpoch, epochs } = row.stability;
    return [
      rowName(row),
      ...[collapses, jitter, outliers, skippedSteps].map((number, i) => decimal(number, i === 1 ? 4 : 1)),
      `${decimal(bestEpoch)} of ${decimal(epochs, 0)}`,
    ];
  });
  return section(
    "stability",
    "Course of training",
    paragraph(
      "Means over the trainings. A collapse is an epoch whose validation Dice is below half of the best before it; the unrest is the standard deviation " +
        "of its change from epoch to epoch in the second half; outliers are validations that the monitor left out.",
    ),
    table("Collapses and unrest", ["System", "Collapses", "Unrest of Dice", "Outliers", "Skipped steps", "Best epoch"], body),
  );
}
