import { pixelScoreNames, scoreOf } from "../../addon/scores.js";
import { counted, decimal, gigabytes, missing } from "../../compare/words.js";
import type { Evaluation } from "../../evaluate/evaluation.js";
import { plot } from "../../render/chart.js";
import { paragraph, section, table } from "../../render/html.js";
import type { ReportContent } from "../content.js";

/** Every score of the evaluation. */
export function scoreSection({ evaluation, cost }: ReportContent): string {
  if (!evaluation) return "";
  const { boundary, objects, undefinedScores, images } = evaluation;
  const pixel = pixelScoreNames.map((key) => [
    key === "iou" ? "IoU" : `${key[0]?.toUpperCase()}${key.slice(1)}`,
    ...(["WithCells", "PerImage", "Micro"] as const).map((average) => number(scoreOf(evaluation, key, average))),
  ]);
  const over = (count: number | undefined) => `${images - (count ?? 0)} of ${images}`;
  const edges = [
    ["F1 at 3 px", number(boundary.f1), over(undefinedScores.boundaryF1)],
    ["Mean distance, px", number(boundary.meanDistance, 2), over(undefinedScores.meanDistance)],
    ["95th percentile of distances, px", number(boundary.hd95, 2), over(undefinedScores.hd95)],
    ["Too large (+) or too small (−), px", number(boundary.shift, 2), over(undefinedScores.shift)],
  ];
  const cells = [
    ["F1", number(objects.f1)],
    ["Precision", number(objects.precision)],
    ["Recall", number(objects.recall)],
    ["Average precision, IoU 0.5 to 0.95", number(objects.averagePrecision)],
    ["Panoptic quality", number(objects.panopticQuality)],
    ["Aggregated Jaccard index", number(objects.aggregatedJaccard)],
  ];
  return section(
    "scores",
    "Scores",
    paragraph(
      `${describe(evaluation)}${cost ? ` The evaluation took ${decimal(cost.seconds, 1)} s for ${counted(images)} images; the process had at most ${gigabytes(cost.memory)} of memory.` : ""}`,
    ),
    '<div class="tables">',
    table("Pixels", ["Score", "Images with cells", "All images", "All pixels"], pixel),
    table("Boundaries, means over images", ["Score", "Value", "Images"], edges),
    table(
      `Cells, matched at IoU ≥ 0.5: ${objects.truth} true, ${objects.predicted} predicted, ${objects.matched} matched`,
      ["Score", "Value"],
      cells,
    ),
    "</div>",
    charts(evaluation),
  );
}

function charts({ thresholds, calibration, threshold }: Evaluation): string {
  const bins = calibration?.bins.filter(({ pixels }) => pixels > 0) ?? [];
  if (!thresholds || !calibration || bins.length === 0) return "";
  const line = (name: string, key: "dice" | "precision" | "recall") => {
    return { name, points: thresholds.map((one) => ({ x: one.threshold, y: one[key] })) };
  };
  const chosen = Number.isFinite(threshold) ? [{ x: threshold, text: `Threshold ${threshold}` }] : [];
  const plots = [
    plot({
      ...{ title: "All pixels, by the threshold", xTitle: "threshold", range: [0, 1] },
      lines: [line("Dice", "dice"), line("precision", "precision"), line("recall", "recall")],
      marks: chosen,
    }),
    plot({
      ...{
        title: `Calibration: expected error ${decimal(calibration.error, 3)}`,
        xTitle: "mean probability of the pixels",
        range: [0, 1],
      },
      lines: [
        { name: "share of them that are cells", points: bins.map(({ probability, share }) => ({ x: probability, y: share })) },
        {
          name: "as it should be",
          kind: "dashed",
          points: [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ],
        },
      ],
    }),
  ];
  return `<div class="plots">${plots.join("\n")}</div>`;
}

function describe({ threshold, separation, tta, emptyPolicy }: Evaluation): string {
  const how = Number.isFinite(threshold)
    ? `A pixel is a cell from probability ${threshold} on${separation ? `; cells are told apart by ${separation.method}` : ""}.`
    : "";
  const averaged = tta === false ? "" : " Probabilities are averaged over flips and rotations.";
  const empty = emptyPolicy === 1 ? "" : ` An empty prediction on an empty truth scores ${emptyPolicy}.`;
  return `${how}${averaged}${empty}`;
}

export function number(value: number | undefined, digits = 3): string {
  return value !== undefined && Number.isFinite(value) ? decimal(value, digits).replace("-", "−") : missing;
}
