import { decimal, missing } from "../../compare/words.js";
import { escaped, paragraph } from "../../render/html.js";
import type { ReportContent } from "../content.js";

/** What the page is about, the run in five numbers, and what asks for a second look. */
export function introduction(content: ReportContent): string[] {
  const { run, evaluation, scored, alerts, created } = content;
  const { config } = run;
  const about = `${run.folder} · ${created.slice(0, 16).replace("T", " ")} UTC · acinus ${content.acinus}`;
  const network = `${config.model.architecture} on ${config.model.encoder}, ${config.data.train.images} training and ${config.data.validation.images} validation images.`;
  return [
    paragraph(
      `${network} ${evaluation ? scored : "There are no scores of single images: neither the validation images nor validation/summary.json are at hand."}`,
    ),
    `<p class="soft">${escaped(about)}</p>`,
    evaluation ? numbers(content) : "",
    alerts.length === 0
      ? evaluation
        ? '<p class="good">No alert: the loss stayed finite, validation did not collapse, and cells were found.</p>'
        : ""
      : `<div role="region" aria-label="Alerts">${alerts.map(({ level, text }) => `<p class="alert ${level}">${level === "bad" ? "<strong>Look at this:</strong> " : ""}${escaped(text)}</p>`).join("\n")}</div>`,
  ];
}

function numbers({ evaluation, objectF1 }: ReportContent): string {
  if (!evaluation) return "";
  const { diceWithCells, dicePerImage, diceMicro, iouMicro, images, imagesWithCells, objects } = evaluation;
  const five = [
    ["Dice, images with cells", diceWithCells, `mean over ${imagesWithCells} images`],
    ["Dice, all images", dicePerImage, `mean over ${images} images`],
    ["Dice, all pixels", diceMicro, "pixels of all images together"],
    ["IoU, all pixels", iouMicro, "pixels of all images together"],
    ["F1 of cells", { ...objectF1, value: objects.f1 }, `${objects.matched} of ${objects.truth} cells matched`],
  ] as const;
  const cards = five.map(([title, { value, low, high }, note]) => {
    const interval = Number.isFinite(low) ? `95 % interval ${decimal(low, 3)} to ${decimal(high, 3)}` : "no interval";
    return `<div class="card"><dt>${escaped(title)}</dt><dd><strong>${Number.isFinite(value) ? decimal(value, 3) : missing}</strong><small>${escaped(interval)}</small><small>${escaped(note)}</small></dd></div>`;
  });
  return `<dl class="cards">${cards.join("")}</dl>`;
}
