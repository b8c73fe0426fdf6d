/** The page report/index.html: one file that needs no network. */
import { pageOf } from "../../render/page.js";
import type { ReportContent } from "../content.js";
import { cellSection, labelSection } from "./cells.js";
import { curveSection } from "./curves.js";
import { dataSection } from "./data.js";
import { failureSection } from "./failures.js";
import { gallerySection } from "./gallery.js";
import { introduction } from "./header.js";
import { howSection } from "./how.js";
import { noPictures, panelSection } from "./panels.js";
import { scoreSection } from "./scores.js";
import { reportScript } from "./script.js";
import { reportStyle } from "./style.js";

export function reportPage(content: ReportContent): string {
  const { run } = content;
  return pageOf({
    title: `Report of ${run.folder}`,
    heading: `Report of ${run.folder}`,
    introduction: introduction(content),
    sections: [
      curveSection(run),
      scoreSection(content),
      content.pictures.length === 0 ? noPictures(content) : panelSection(content),
      gallerySection(content),
      cellSection(content),
      labelSection(content),
      failureSection(content),
      dataSection(content),
      howSection(content),
    ],
    footer: "Made by acinus report. This file needs no network and no other file.",
    style: reportStyle,
    script: reportScript,
  });
}
