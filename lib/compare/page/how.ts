import { escaped, section } from "../../render/html.js";
import type { Comparison } from "../comparison.js";
import { metricNames } from "../metrics.js";

/** What was done, and what the scores are. */
export function howSection(comparison: Comparison): string {
  const { data, budget, seeds, common, metrics, bootstrap, device } = comparison;
  const [[unit = "", amount] = []] = Object.entries(budget);
  const settings = Object.entries(common)
    .filter(([, value]) => value !== undefined && JSON.stringify(value) !== "{}")
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const facts: [string, string][] = [
    [
      "Images",
      `${data.train} to train on, ${data.validation} to choose by, ${data.test} to score${data.folds ? `, over ${data.folds} folds` : ""}`,
    ],
    ["Budget", `${amount} ${unit} for each training`],
    ["Seeds", seeds.join(", ")],
    ["All rows share", settings.join("; ") || "their defaults"],
    ["Machine", device],
    ["Intervals", `bootstrap over ${data.units} ${data.unit}s, ${bootstrap.rounds} resampled sets, seed ${bootstrap.seed}`],
    ...metricNames.map((name): [string, string] => [metrics[name].title, metrics[name].description]),
  ];
  return section(
    "how",
    "How this was measured",
    `<dl>${facts.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`).join("\n")}</dl>`,
  );
}
