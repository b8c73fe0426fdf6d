import { basename } from "node:path";
import { errorColours } from "../../render/colour-map.js";
import type { Comparison } from "../comparison.js";
import { decimal } from "../words.js";
import { escaped, paragraph, raw, section } from "./html.js";

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
  const key = ({ 0: r, 1: g, 2: b }: readonly [number, number, number], text: string) =>
    `<span class="key" style="background: rgb(${r}, ${g}, ${b})"></span>${escaped(text)}`;
  const legend = [
    key(errorColours.correct, "right"),
    key(errorColours.falsePositive, "found, and no cell"),
    key(errorColours.falseNegative, "a cell, and not found"),
  ];
  return section(
    "images",
    "The same images through every system",
    paragraph("Chosen by their truth alone, from few cell pixels to many; each system's first seed."),
    paragraph(raw(legend.join(" &nbsp; "))),
    `<div class="pictures"><table><thead><tr><td></td>${heads.join("")}</tr></thead><tbody>${[...truths, ...predicted].join("\n")}</tbody></table></div>`,
  );
}

function picture(base64: string, alternative: string): string {
  return `<img loading="lazy" alt="${escaped(alternative)}" src="data:image/png;base64,${base64}">`;
}

function shortened(name: string): string {
  return name.length > 20 ? `…${name.slice(-19)}` : name;
}
