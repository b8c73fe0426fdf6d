/** The page comparison.html: one file that needs no network. */
import { escaped, paragraph, raw } from "../../render/html.js";
import { pageOf } from "../../render/page.js";
import { type Comparison, checkComparison } from "../comparison.js";
import { ablationSection, stabilitySection } from "./ablations.js";
import { costSection } from "./cost.js";
import { curveSection } from "./curves.js";
import { differenceSection } from "./differences.js";
import { howSection } from "./how.js";
import { densitySection, spreadSection } from "./images.js";
import { pictureSection } from "./pictures.js";
import { roundSection } from "./rounds.js";
import { tableTwo } from "./table-two.js";

/** @param comparison what `compare` gives. */
export function comparisonPage(comparison: Comparison): string {
  checkComparison(comparison);
  const sections = [
    tableTwo(comparison),
    differenceSection(comparison),
    ablationSection(comparison),
    roundSection(comparison),
    stabilitySection(comparison),
    curveSection(comparison),
    pictureSection(comparison),
    spreadSection(comparison),
    densitySection(comparison),
    costSection(comparison),
    howSection(comparison),
  ];
  const { data, seeds, rows, created, failures } = comparison;
  const what = `${rows.length} rows on ${data.test} images that no training saw, ${data.testWithCells} of them with cells`;
  const how = `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}${data.folds ? `, ${data.folds} folds` : ""}`;
  const about = `${data.folder} · ${created.slice(0, 16).replace("T", " ")} UTC · acinus ${comparison.acinus}`;
  return pageOf({
    title: `Comparison of ${data.folder}`,
    heading: "Which system segments these cells best?",
    introduction: [
      paragraph(`${what}; ${how}. All systems had the same images, divisions, seeds and budget.`),
      `<p class="soft">${escaped(about)}</p>`,
      failures.length > 0 ? failed(comparison) : "",
    ],
    sections,
    footer: "The numbers of this page are in comparison.json beside it.",
  });
}

function failed({ failures }: Comparison): string {
  const lines = failures.map(({ system, seed, fold, message }) => {
    const where = [system, ...(seed === null ? [] : [`seed ${seed}`]), ...(fold === null ? [] : [`fold ${fold + 1}`])].join(
      ", ",
    );
    return `<p><strong>${escaped(where)}</strong>: ${escaped(message)}</p>`;
  });
  return `<div class="failed">${paragraph(raw("<strong>Not everything is here.</strong> These failed, and their rows are incomplete:"))}${lines.join("\n")}</div>`;
}
