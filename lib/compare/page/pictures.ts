import { basename } from "node:path";
import { errorColours } from "../../render/colour-map.js";
import { colourKey, escaped, paragraph, picture, raw, section, shortened } from "../../render/html.js";
import type { Comparison } from "../comparison.js";
import { decimal } from "../words.js";

/** The same images through every system. */
export function pictureSection({ pictures, rows }: Comparison): string {
  if (pictures.length === 0) return "";
  const shown = rows.filter(({ name }) => pictures.some((picture) => picture.rows[name]));
  const heads = pictures.map(({ image }) => `<th scope="col">${escaped(shortened(basename(image)))}</th>`);
  const line = (title: string, cells: readonly string[]) => `<tr><th scope="row">${escaped(title)}</th>${cells.join("")}</tr>`;
  const truths = [
    line(
      "Image",
      pictures.map(({ original }) => `<td>${picture(original, "image")}</td>`),
    ),
    line(
      "Truth",
      pictures.map(({ truth }) => `<td>${picture(truth, "truth")}</td>`),
    ),
  ];
  const predicted = shown.map(({ name, title }) =>
    line(
      title,
      pictures.map(({ rows: of }) => {
        const one = of[name];
        return one ? `<td>${picture(one.errors, `errors of ${title}`)}Dice ${decimal(one.dice, 3)}</td>` : "<td>–</td>";
      }),
    ),
  );
  const legend = [
    colourKey(errorColours.correct, "right"),
    colourKey(errorColours.falsePositive, "found, and no cell"),
    colourKey(errorColours.falseNegative, "a cell, and not found"),
  ];
  return section(
    "images",
    "The same images through every system",
    paragraph("Chosen by their truth alone, from few cell pixels to many; each system's first seed."),
    paragraph(raw(legend.join(" &nbsp; "))),
    `<div class="pictures"><table><thead><tr><td></td>${heads.join("")}</tr></thead><tbody>${[...truths, ...predicted].join("\n")}</tbody></table></div>`,
  );
}
