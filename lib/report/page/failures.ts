import { densityOf, spreadOf } from "../../compare/collect.js";
import { recordOf } from "../../compare/metrics.js";
import { densityRange } from "../../compare/words.js";
import type { Evaluation } from "../../evaluate/evaluation.js";
import { paragraph, section, table } from "../../render/html.js";
import type { ReportContent } from "../content.js";
import { number } from "./scores.js";

/** The paper's section on limits, for this run: in words, then in numbers. */
export function failureSection({ evaluation }: ReportContent): string {
  if (!evaluation) return "";
  const { causes, objects } = evaluation;
  const images = evaluation.perImageScores.map(recordOf);
  const spread = spreadOf(images);
  const sentences = [range(spread), where(evaluation), size(evaluation), outline(evaluation), touching(evaluation)];
  const rows = [
    ["In components below 50 px", share(causes.smallComponent)],
    ["Within 3 px of a true boundary", share(causes.boundary)],
    ["In low contrast", share(causes.lowContrast)],
    ["Elsewhere", share(causes.elsewhere)],
  ];
  const found = [
    ["Below 50 px", String(objects.small), number(objects.smallRecall)],
    ["50 px and more", String(objects.truth - objects.small), number(objects.largeRecall)],
    ["Below 0.5 % of the image (the paper's small lesions)", String(objects.lesions), number(objects.lesionRecall)],
  ];
  const density = densityOf(images).map((one) => [
    densityRange(one),
    ...[String(one.images), number(one.dice), number(one.boundaryF1), number(one.objectF1), number(one.shift, 2)],
  ]);
  const quarters = spread
    ? [
        [
          spread.minimum,
          spread.quartile,
          spread.median,
          spread.upperQuartile,
          spread.maximum,
          spread.maximum - spread.minimum,
        ].map((value) => number(value)),
      ]
    : [];
  return section(
    "failures",
    "Where it fails",
    ...sentences.filter(Boolean).map((text) => paragraph(text)),
    '<div class="tables">',
    table("Wrong pixels by their cause; each has the first that holds", ["Cause", "Share"], rows),
    table("True cells found, by size", ["Size", "Cells", "Recall"], found),
    table(
      "By the density of true cells per 200 × 200 px; the paper calls 8 to 10 and more dense",
      ["Cells", "Images", "Dice", "Boundary F1", "Cell F1", "Too large (+) or small (−), px"],
      density,
    ),
    table(
      "Cells",
      ["Missed", "Phantom", "Merged", "Split", "Merged among those less than 3 px apart"],
      [[...[objects.missed, objects.phantom, objects.merged, objects.split].map(String), share(objects.mergeRate)]],
    ),
    quarters.length > 0
      ? table(
          "Dice of single images with cells",
          ["Lowest", "Quarter below", "Median", "Quarter above", "Highest", "Range"],
          quarters,
        )
      : "",
    "</div>",
  );
}

function range(spread: ReturnType<typeof spreadOf>): string {
  if (!spread) return "";
  const { minimum, maximum } = spread;
  const floor = minimum >= 0.9 ? "which is above the paper's floor of 0.90" : "below the paper's floor of 0.90";
  return `The worst image with cells has a Dice of ${number(minimum)}, ${floor}; the best ${number(maximum)}. The range is ${number(maximum - minimum)}.`;
}

function where({ causes }: Evaluation): string {
  const named = [
    ["in components below 50 px", causes.smallComponent],
    ["within 3 px of a boundary", causes.boundary],
    ["in low contrast", causes.lowContrast],
    ["in none of these places", causes.elsewhere],
  ] as const;
  const known = named.filter(([, value]) => Number.isFinite(value)).sort((a, b) => b[1] - a[1]);
  const [first, second] = known;
  if (!first || !second) return "No pixel is wrong.";
  return `Of the wrong pixels most lie ${first[0]} (${share(first[1])}), then ${second[0]} (${share(second[1])}).`;
}

function size({ objects }: Evaluation): string {
  const { small, smallRecall, largeRecall } = objects;
  if (small === 0) return "No true cell is smaller than 50 px.";
  if (!Number.isFinite(largeRecall))
    return `All ${small} true cells are smaller than 50 px; ${share(smallRecall)} of them are found.`;
  const difference = largeRecall - smallRecall;
  const verdict =
    difference > 0.1
      ? "Small cells are where it loses"
      : difference < -0.1
        ? "Large cells are where it loses"
        : "Size makes little difference";
  return `${verdict}: it finds ${share(smallRecall)} of the ${small} cells below 50 px and ${share(largeRecall)} of the larger ones.`;
}

function outline({ boundary, perImageScores }: Evaluation): string {
  const [fp, fn] = [
    perImageScores.reduce((sum, image) => sum + image.fp, 0),
    perImageScores.reduce((sum, image) => sum + image.fn, 0),
  ];
  const { shift } = boundary;
  const pixels =
    fp + fn === 0
      ? ""
      : ` ${fp > fn ? "More pixels are found that are none of a cell's" : "More pixels of cells are missed"} (${fp} false positive, ${fn} false negative).`;
  if (!Number.isFinite(shift)) return pixels.trim();
  const where =
    Math.abs(shift) < 0.25
      ? "neither too large nor too small"
      : shift > 0
        ? "too large (over-segmentation)"
        : "too small (under-segmentation)";
  return `Outlines are on average ${where}: ${number(shift, 2)} px.${pixels}`;
}

function touching({ objects }: Evaluation): string {
  const { merged, split, mergeRate } = objects;
  const near = Number.isFinite(mergeRate)
    ? ` Of the pairs of true cells less than 3 px apart ${share(mergeRate)} are under one prediction.`
    : " No two true cells are less than 3 px apart.";
  return `${merged} predictions cover several cells, and ${split} cells are in several pieces.${near}`;
}

function share(value: number): string {
  return Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : "–";
}
