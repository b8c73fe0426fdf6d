/** The page comparison.html: one file that needs no network. */
import { type Comparison, checkComparison } from "../comparison.js";
import { ablationSection, stabilitySection } from "./ablations.js";
import { costSection } from "./cost.js";
import { curveSection } from "./curves.js";
import { differenceSection } from "./differences.js";
import { howSection } from "./how.js";
import { escaped, paragraph, raw } from "./html.js";
import { densitySection, spreadSection } from "./images.js";
import { pictureSection } from "./pictures.js";
import { style } from "./style.js";
import { tableTwo } from "./table-two.js";

/** @param comparison what `compare` gives. */
export async function comparisonPage(comparison: Comparison): Promise<string> {
  checkComparison(comparison);
  const sections = [
    tableTwo(comparison),
    differenceSection(comparison),
    ablationSection(comparison),
    stabilitySection(comparison),
    await curveSection(comparison),
    pictureSection(comparison),
    spreadSection(comparison),
    densitySection(comparison),
    costSection(comparison),
    howSection(comparison),
  ].filter((section) => section !== "");
  const links = sections.map((section) => {
    const [, id = "", title = ""] = /<section id="([^"]+)"><h2>(.*?)<\/h2>/s.exec(section) ?? [];
    return `<a href="#${id}">${title}</a>`;
  });
  const { data, seeds, rows, created, failures } = comparison;
  const what = `${rows.length} rows on ${data.test} images that no training saw, ${data.testWithCells} of them with cells`;
  const how = `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}${data.folds ? `, ${data.folds} folds` : ""}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Comparison of ${escaped(data.folder)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Which system segments these cells best?</h1>
${paragraph(`${what}; ${how}. All systems had the same images, divisions, seeds and budget.`)}
<p class="soft">${escaped(`${data.folder} · ${created.slice(0, 16).replace("T", " ")} UTC · acinus ${comparison.acinus}`)}</p>
${failures.length > 0 ? failed(comparison) : ""}
<nav aria-label="Parts of this page">${links.join("\n")}</nav>
</header>
<main>
${sections.join("\n")}
</main>
<footer>The numbers of this page are in comparison.json beside it.</footer>
</body>
</html>
`;
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
