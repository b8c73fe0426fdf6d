import { basename } from "node:path";
import { decimal } from "../../compare/words.js";
import { errorColours } from "../../render/colour-map.js";
import { spreadByDice } from "../../render/evaluation.js";
import { colourKey, escaped, paragraph, picture, raw, section, shortened } from "../../render/html.js";
import type { ReportContent } from "../content.js";

const names = ["Best", "Median", "Worst"];

/** The paper's Fig. 3 for this run. */
export function panelSection({ evaluation, pictures }: ReportContent): string {
  if (!evaluation || pictures.length === 0) return "";
  const rows = spreadByDice(evaluation, 3).flatMap((index, i) => {
    const shown = pictures.find((one) => one.index === index);
    const image = evaluation.perImageScores.find((one) => one.index === index);
    if (!shown || !image) return [];
    const name = basename(image.files.image);
    const title = `${names[i] ?? ""}<small>${escaped(shortened(name, 28))}</small><small>Dice ${decimal(image.pixel.dice, 3)}</small>`;
    const view = (what: string, content: string) =>
      `<td>${content.replace("<img ", `<img title="${what} of ${escaped(name)}" `)}</td>`;
    const errors = `<span class="stack">${picture(shown.truth, `truth of ${name}`, "webp", ' class="dim"')}${picture(shown.errors, `errors in ${name}`)}</span>`;
    return [
      `<tr><th scope="row">${title}</th>${view("image", picture(shown.image, `image ${name}`, "webp"))}${view("truth", picture(shown.truth, `truth of ${name}`, "webp"))}${view("probability", picture(shown.probability, `probability of cells in ${name}`, "webp"))}<td>${errors}</td></tr>`,
    ];
  });
  const legend = [
    colourKey(errorColours.falsePositive, "found, and no cell"),
    colourKey(errorColours.falseNegative, "a cell, and not found"),
  ];
  const head = ["", "Image", "Truth", "Probability", "Error"].map((title) => `<th scope="col">${title}</th>`).join("");
  return section(
    "panels",
    "Best, median and worst",
    paragraph(
      "By their Dice, among the images with cells. Brightness is stretched. Probability runs from dark blue (0) to yellow (1).",
    ),
    paragraph(raw(legend.join(" &nbsp; "))),
    `<div class="pictures panels" tabindex="0" role="group" aria-label="Best, median and worst image"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`,
  );
}

/** Where the images are not at hand. */
export function noPictures({ run }: ReportContent): string {
  return section(
    "images",
    "Images and cells",
    paragraph(
      `The images of the validation are not at hand, so there are no pictures and no single cells here. With them: acinus report ${run.folder} --data FOLDER`,
    ),
  );
}
