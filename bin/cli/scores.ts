import type { Interval } from "../../lib/addon/contract.js";
import type { Evaluation } from "../../lib/evaluator.js";
import { percent, table } from "./output.js";

/** Every headline score with its 95 % interval, then boundaries, objects and what the errors are made of. */
export function scoreTable(evaluation: Evaluation): string {
  const { micro, perImage, perImageWithCells, boundary, objects, causes } = evaluation;
  const tta = evaluation.tta ? ", test-time augmentation" : "";
  return [
    `${evaluation.images} images, ${evaluation.imagesWithCells} with cells, threshold ${evaluation.threshold}${tta}`,
    "",
    table([
      ["", "Score", "95 % interval"],
      ["Dice per image", ...withInterval(evaluation.dicePerImage)],
      ["Dice per image with cells", ...withInterval(evaluation.diceWithCells)],
      ["Dice micro", ...withInterval(evaluation.diceMicro)],
      ["IoU micro", ...withInterval(evaluation.iouMicro)],
    ]),
    "",
    table([
      ["", "Micro", "Per image", "With cells"],
      ...(["precision", "recall", "specificity"] as const).map((key) => [
        title(key),
        ...[micro, perImage, perImageWithCells].map((scores) => number(scores[key])),
      ]),
    ]),
    "",
    table([
      ["Boundary", ""],
      ["F1 at 3 px", number(boundary.f1)],
      ["Mean distance (px)", number(boundary.meanDistance, 2)],
      ["95th percentile (px)", number(boundary.hd95, 2)],
      ["Errors within 3 px of it", number(boundary.errorShare)],
    ]),
    "",
    table([
      ["Objects", ""],
      ["In truth / predicted / matched", `${objects.truth} / ${objects.predicted} / ${objects.matched}`],
      ["Precision", number(objects.precision)],
      [
        "Recall (under 50 px / larger)",
        `${number(objects.recall)} (${number(objects.smallRecall)} / ${number(objects.largeRecall)})`,
      ],
      ["F1", number(objects.f1)],
      ["Panoptic quality", number(objects.panopticQuality)],
      ["Missed / phantom / merged / split", `${objects.missed} / ${objects.phantom} / ${objects.merged} / ${objects.split}`],
    ]),
    "",
    `Errors: ${share(causes.boundary)} near a boundary, ${share(causes.smallComponent)} in components under 50 px, ` +
      `${share(causes.lowContrast)} in low contrast, ${share(causes.elsewhere)} elsewhere.`,
  ].join("\n");
}

/** The images with the lowest Dice, those below 1. */
export function worstList(evaluation: Evaluation, count = 5): string {
  const bad = evaluation.worst.filter((image) => image.pixel.dice < 1).slice(0, count);
  return bad.length === 0
    ? ""
    : ["Worst images:", ...bad.map((image) => `  ${number(image.pixel.dice)}  ${image.files.image}`)].join("\n");
}

export function number(value: number, digits = 3): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

function withInterval({ value, low, high }: Interval): [string, string] {
  return [number(value), Number.isFinite(low) ? `${number(low)} – ${number(high)}` : "–"];
}

function share(value: number): string {
  return Number.isFinite(value) ? percent(value, 0) : "–";
}

function title(key: string): string {
  return key[0]?.toUpperCase() + key.slice(1);
}
