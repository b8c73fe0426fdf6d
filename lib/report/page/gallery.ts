import { basename } from "node:path";
import type { ImageEvaluation } from "../../evaluate/evaluation.js";
import { colourKey, escaped, paragraph, picture, raw, section, shortened } from "../../render/html.js";
import type { ReportContent } from "../content.js";
import { type ImagePicture, sides } from "../pictures.js";
import { number } from "./scores.js";

interface Measure {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
  readonly value: (image: ImageEvaluation) => number;
}

/** What images can be sorted and filtered by. */
const measures: readonly Measure[] = [
  { key: "dice", title: "Dice", digits: 3, value: ({ pixel }) => pixel.dice },
  { key: "iou", title: "IoU", digits: 3, value: ({ pixel }) => pixel.iou },
  { key: "precision", title: "Precision", digits: 3, value: ({ pixel }) => pixel.precision },
  { key: "recall", title: "Recall", digits: 3, value: ({ pixel }) => pixel.recall },
  { key: "boundary", title: "Boundary F1", digits: 3, value: ({ boundary }) => boundary.f1 },
  { key: "distance", title: "95th percentile of distances, px", digits: 1, value: ({ boundary }) => boundary.hd95 },
  { key: "shift", title: "Too large or too small, px", digits: 2, value: ({ boundary }) => boundary.shift },
  { key: "cells", title: "F1 of cells", digits: 3, value: ({ objects }) => objects.f1 },
  { key: "truth", title: "True cells", digits: 0, value: ({ objects }) => objects.truth },
  { key: "missed", title: "Missed cells", digits: 0, value: ({ objects }) => objects.missed },
  { key: "phantom", title: "Phantom cells", digits: 0, value: ({ objects }) => objects.phantom },
  { key: "merged", title: "Merged cells", digits: 0, value: ({ objects }) => objects.merged },
  { key: "split", title: "Split cells", digits: 0, value: ({ objects }) => objects.split },
];

/** The images, to be looked through. Without scripts they stand there by their Dice, the lowest first. */
export function gallerySection({ evaluation, pictures }: ReportContent): string {
  if (!evaluation || pictures.length === 0) return "";
  const shown = evaluation.perImageScores.flatMap((image) => {
    const found = pictures.find(({ index }) => index === image.index);
    return found ? [{ image, found }] : [];
  });
  const order = ({ pixel }: ImageEvaluation) => (Number.isNaN(pixel.dice) ? 2 : pixel.dice);
  shown.sort((a, b) => order(a.image) - order(b.image) || a.image.index - b.image.index);
  const left = evaluation.images - shown.length;
  const legend = [
    colourKey(sides.truth, "true outline; missed pixels"),
    colourKey(sides.prediction, "predicted outline; phantom pixels"),
    colourKey([255, 255, 255], "both outlines"),
  ];
  return section(
    "gallery",
    "Images of the validation",
    paragraph(
      `${shown.length} images${left > 0 ? ` of ${evaluation.images}: those with the lowest Dice, and of the others some at even steps. The scores of all are in scores.csv` : ""}. Press an image to enlarge it; then the arrow keys go to the next, + and − zoom, Escape closes.`,
    ),
    paragraph(raw(legend.join(" &nbsp; "))),
    controls(),
    `<ul class="gallery" id="gallery-list">${shown.map(({ image, found }) => item(image, found)).join("\n")}</ul>`,
    dialog,
  );
}

function controls(): string {
  const options = measures.map(({ key, title }) => `<option value="${key}">${escaped(title)}</option>`).join("");
  const layers = ["outlines", "errors", "probability"].map(
    (name, i) => `<label><input type="radio" name="layer" value="${name}"${i === 0 ? " checked" : ""}> ${name}</label>`,
  );
  return `<form class="controls" id="controls" hidden>
<label>Sort by <select name="sort">${options}</select></label>
<label><input type="checkbox" name="descending"> highest first</label>
<label>from <input type="number" name="least" step="any"></label>
<label>to <input type="number" name="most" step="any"></label>
<label>Name contains <input type="search" name="name"></label>
<label>Show <select name="which"><option value="all">all images</option><option value="cells">with cells</option><option value="empty">without cells</option><option value="outlier">outliers</option></select></label>
<fieldset><legend>Over the image</legend>${layers.join(" ")}</fieldset>
<label>Strength <input type="range" name="strength" min="0" max="100" value="100"></label>
<output id="gallery-count" aria-live="polite"></output>
</form>`;
}

function item(image: ImageEvaluation, found: ImagePicture): string {
  const name = basename(image.files.image);
  const data = measures.map(({ key, value }) => {
    const number = value(image);
    return Number.isFinite(number) ? ` data-${key}="${Number(number.toFixed(5))}"` : "";
  });
  const small = Math.max(found.height, found.width) < 200 ? " pixels" : "";
  const cells = image.objects;
  const words = `Dice ${number(image.pixel.dice)}, ${cells.truth} true cells, ${cells.missed} missed, ${cells.phantom} phantom`;
  const layers = [
    picture(found.image, "", "webp"),
    picture(found.outlines, "", "png", ' class="layer outlines"'),
    picture(found.errors, "", "png", ' class="layer errors"'),
    picture(found.probability, "", "webp", ' class="layer probability"'),
  ];
  return `<li data-name="${escaped(name.toLowerCase())}" data-has="${image.hasCells ? "cells" : "empty"}"${image.outlier ? " data-outlier" : ""}${data.join("")}><button type="button" aria-label="${escaped(`Enlarge ${name}: ${words}`)}"><span class="stack${small}" style="aspect-ratio: ${found.width} / ${found.height}">${layers.join("")}</span></button><p title="${escaped(image.files.image)}">${escaped(shortened(name, 30))}${image.outlier ? ' <span class="tag">outlier</span>' : ""}<small>${escaped(words)}</small><small class="value"></small></p></li>`;
}

const dialog = `<dialog id="zoom" aria-label="Enlarged image"><div class="bar"><button type="button" data-do="previous" aria-label="Previous image">←</button><button type="button" data-do="next" aria-label="Next image">→</button><button type="button" data-do="out" aria-label="Smaller">−</button><button type="button" data-do="in" aria-label="Larger">+</button><span class="name" aria-live="polite"></span><button type="button" data-do="close" aria-label="Close">×</button></div><div class="scroll" tabindex="0"></div></dialog>`;
