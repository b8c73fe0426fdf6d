import type { PixelScores } from "../addon/contract.js";
import { averageNames, scoreOf } from "../addon/scores.js";
import { summaryFormat } from "../run/files.js";
import { check, checkObject, isPlain } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import { visible } from "../system/visible.js";
import type { Evaluation, ImageEvaluation } from "./evaluation.js";

/** What the file holds: the images listed once, worst and outlying ones by name. */
export function summaryOf(evaluation: Evaluation, extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  checkEvaluation(evaluation);
  check(isPlain(extra), extra, "extra", "an object");
  const { perImageScores, worst, outliers, ...scores } = evaluation;
  const brief = ({ files, pixel, tp, fp, fn }: ImageEvaluation) => ({ image: files.image, dice: pixel.dice, tp, fp, fn });
  return {
    format: summaryFormat,
    ...extra,
    ...scores,
    worst: worst.map(brief),
    outliers: outliers.map(brief),
    perImageScores,
  };
}

/** The scores as lines of text for a terminal, at most 80 columns wide. */
export function scoresTable(evaluation: Evaluation): string {
  checkEvaluation(evaluation);
  const { images, imagesWithCells, boundary, objects, causes } = evaluation;
  const { dicePerImage, diceWithCells, diceMicro, iouMicro, undefinedScores } = evaluation;
  const interval = ({ low, high }: { low: number; high: number }) =>
    Number.isNaN(low) ? "" : `  95 % interval ${share(low)} – ${share(high)}`;
  const line = (label: string, value: string, note = "") => `  ${label.padEnd(30)}${value.padStart(8)}${note}`;
  const pixelRow = (label: string, key: keyof PixelScores) =>
    `  ${label.padEnd(30)}${averageNames.map((average) => share(scoreOf(evaluation, key, average)).padStart(13)).join("")}`;
  const outOf = (undefinedCount: number) => `  over ${images - undefinedCount} of ${images} images`;
  return [
    `${count(images, "image")}, ${imagesWithCells} with cells · ${describeHow(evaluation)}`,
    ...describePolicy(evaluation),
    "",
    "Dice",
    line("per image", share(dicePerImage.value), interval(dicePerImage)),
    line("per image with cells", share(diceWithCells.value), interval(diceWithCells)),
    line("micro (all pixels)", share(diceMicro.value), interval(diceMicro)),
    line("IoU, micro", share(iouMicro.value), interval(iouMicro)),
    "",
    `${"Pixels".padEnd(32)}${["per image", "with cells", "micro"].map((title) => title.padStart(13)).join("")}`,
    pixelRow("IoU", "iou"),
    pixelRow("precision", "precision"),
    pixelRow("recall", "recall"),
    pixelRow("specificity", "specificity"),
    "",
    "Boundaries",
    line("F1 at 3 px", share(boundary.f1), outOf(undefinedScores.boundaryF1)),
    line("mean distance", pixels(boundary.meanDistance), outOf(undefinedScores.meanDistance)),
    line("95th percentile of distances", pixels(boundary.hd95), outOf(undefinedScores.hd95)),
    line("error pixels within 3 px", share(boundary.errorShare), outOf(undefinedScores.errorShare)),
    line("too large (+) or small (−)", pixels(boundary.shift), outOf(undefinedScores.shift)),
    "",
    `Cells: ${objects.truth} true, ${objects.predicted} predicted, ${objects.matched} matched at IoU ≥ 0.5`,
    line("F1", share(objects.f1), `  precision ${share(objects.precision)}, recall ${share(objects.recall)}`),
    line("average precision", share(objects.averagePrecision), "  over IoU 0.5, 0.55, … 0.95"),
    line("aggregated Jaccard index", share(objects.aggregatedJaccard)),
    line("panoptic quality", share(objects.panopticQuality)),
    line("missed / phantom", `${objects.missed} / ${objects.phantom}`),
    line("merged / split", `${objects.merged} / ${objects.split}`),
    line("recall below 50 px", share(objects.smallRecall), `  from 50 px on ${share(objects.largeRecall)}`),
    line("recall below 0.5 % of the image", share(objects.lesionRecall), `  of ${objects.lesions} cells`),
    line("merged among < 3 px apart", share(objects.mergeRate)),
    "",
    "Wrong pixels",
    line("in components below 50 px", share(causes.smallComponent)),
    line("within 3 px of a boundary", share(causes.boundary)),
    line("in low contrast", share(causes.lowContrast)),
    line("elsewhere", share(causes.elsewhere)),
  ].join("\n");
}

/** The worst images, one a line: Dice and file. */
export function worstTable(evaluation: Evaluation, limit = 5): string {
  checkEvaluation(evaluation);
  checkWhole(limit, "limit");
  const outlying = new Set(evaluation.outliers.map((image) => image.index));
  return evaluation.worst
    .slice(0, limit)
    .map(
      ({ index, pixel, files }) => `  ${share(pixel.dice)}  ${visible(files.image)}${outlying.has(index) ? "  (outlier)" : ""}`,
    )
    .join("\n");
}

function describePolicy({ emptyPolicy, undefinedScores }: Evaluation): string[] {
  if (emptyPolicy === 1) return [];
  const left = `is left out (${count(undefinedScores.dice, "image")})`;
  return [`An empty prediction on an empty truth ${emptyPolicy === 0 ? "scores 0" : left}`];
}

function describeHow({ threshold, separation, crf, tta }: Evaluation): string {
  if (Number.isNaN(threshold)) return "predictions as they are";
  return `threshold ${threshold}${separation ? `, ${separation.method}` : ""}${crf ? ", random field" : ""}${describeTta(tta)}`;
}

function describeTta(tta: Evaluation["tta"]): string {
  if (tta === false) return "";
  return ` · test-time augmentation${tta === true ? "" : ` over ${tta.length}`}`;
}

function share(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(4);
}

function pixels(value: number): string {
  return Number.isNaN(value) ? "–" : `${value.toFixed(2)} px`;
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}

function checkEvaluation(evaluation: Evaluation): void {
  checkObject(evaluation, "evaluation", "what Evaluator.evaluate gives", [
    "diceMicro",
    "perImageScores",
    "worst",
    "outliers",
    "undefinedScores",
  ]);
}
