import { basename } from "node:path";
import { colourKey, escaped, paragraph, picture, raw, section, shortened } from "../../render/html.js";
import type { ReportContent } from "../content.js";
import { type Crop, type CropKind, confident } from "../crops.js";
import { sides } from "../pictures.js";
import { number } from "./scores.js";

const wrong: readonly (readonly [CropKind, title: string, text: string])[] = [
  ["missed", "Missed", "True cells without a match, which are not part of a merge or a split; the largest first."],
  ["phantom", "Phantom", "Predicted cells without a match, which are not part of a merge or a split; the largest first."],
  ["merged", "Merged", "Predictions that cover at least half of two or more true cells."],
  ["split", "Split", "True cells that hold at least half of two or more predictions."],
];

/** Single cells that went wrong. */
export function cellSection({ crops, pictures }: ReportContent): string {
  if (pictures.length === 0) return "";
  const parts = wrong.map(([kind, title, text]) => {
    const found = crops.find((one) => one.kind === kind);
    if (!found || found.count === 0) return `<h3>${title}: none</h3>`;
    const shown = found.crops.length < found.count ? `, ${found.crops.length} shown` : "";
    return `<h3>${title}: ${found.count}${shown}</h3>${paragraph(text)}${list(found.crops)}`;
  });
  const legend = [colourKey(sides.truth, "true outline"), colourKey(sides.prediction, "predicted outline")];
  return section(
    "cells",
    "Cells that went wrong",
    paragraph(raw(`${legend.join(" &nbsp; ")} &nbsp; Every cell is a row of cells.csv.`)),
    ...parts,
  );
}

/** Where the network is sure and the annotation says otherwise. */
export function labelSection({ crops, pictures }: ReportContent): string {
  if (pictures.length === 0) return "";
  const kinds = [
    [
      "unmarked",
      "Found, and not marked",
      `Predicted cells of mean probability ${confident.cell} and more that touch no true cell.`,
    ],
    ["unseen", "Marked, and not found", `True cells of mean probability ${confident.none} and less that touch no prediction.`],
  ] as const;
  const parts = kinds.map(([kind, title, text]) => {
    const found = crops.find((one) => one.kind === kind);
    if (!found || found.count === 0) return `<h3>${title}: none</h3>`;
    return `<h3>${title}: ${found.count}${found.crops.length < found.count ? `, ${found.crops.length} shown` : ""}</h3>${paragraph(text)}${list(found.crops)}`;
  });
  return section(
    "labels",
    "Suspected label errors",
    paragraph(
      "The network is sure here, and the annotation says the opposite. One of the two is wrong: look at them before you train again.",
    ),
    ...parts,
  );
}

function list(crops: readonly Crop[]): string {
  return `<ul class="crops">${crops.map(item).join("\n")}</ul>`;
}

function item({ image, cell, pixels, outlines }: Crop): string {
  const name = basename(image);
  const { x, y } = cell.centroid;
  const where = `${name}, at ${Math.round(x)}, ${Math.round(y)}`;
  const text = `${cell.area} px, probability ${number(cell.score, 2)}${cell.iou > 0 ? `, IoU ${number(cell.iou, 2)}` : ""}`;
  const plain = picture(pixels, `pixels of ${where}`, "webp");
  return `<li><span class="pair">${plain}<span class="stack">${picture(pixels, "", "webp")}${picture(outlines, `outlines in ${where}`)}</span></span><p title="${escaped(image)}">${escaped(shortened(name, 26))} <small>at ${Math.round(x)}, ${Math.round(y)} px; ${escaped(text)}</small></p></li>`;
}
