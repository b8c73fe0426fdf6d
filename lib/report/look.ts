/** Everything of a report that needs the images. */
import type { DatasetStatistics } from "../dataset/statistics.js";
import { AcinusError } from "../errors.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import { Evaluator } from "../evaluate/evaluator.js";
import { Model } from "../model/model.js";
import { spreadByDice } from "../render/evaluation.js";
import { findWeights } from "../run/find-weights.js";
import type { ReportContent } from "./content.js";
import { CropCollector, cropKinds } from "./crops.js";
import { Examiner } from "./examine.js";
import { cellRows, cellsHead } from "./judged-cells.js";
import type { ReportOptions } from "./options.js";
import { type ImagePicture, pictureOf } from "./pictures.js";
import type { RunRecord } from "./run-record.js";
import { openValidation } from "./validation-data.js";

export interface Looked extends Pick<ReportContent, "pictures" | "crops" | "cost"> {
  /** Undefined where the images or the weights are not at hand. */
  readonly evaluation?: Evaluation;
  /** The checkpoint's path. */
  readonly weights?: string;
  /** The table cells.csv. */
  readonly cells?: string;
  readonly statistics?: DatasetStatistics;
  readonly notes: readonly string[];
}

/** Characters of pictures that a page has room for: 100 images on less than 10 MB. */
const room = 7_000_000;
/** Crops of a kind. */
const cropLimit = 24;

/** Predicts the validation images with the best weights, and draws them. */
export async function lookAt(run: RunRecord, options: ReportOptions): Promise<Looked> {
  const { signal, device = "cpu", tta, precision, onProgress = () => undefined } = options;
  const none = { pictures: [], crops: [], cost: undefined };
  const weights = await findWeights(run.folder).catch((error: unknown) => {
    if (error instanceof AcinusError) return error;
    throw error;
  });
  if (weights instanceof AcinusError) return { ...none, notes: [`There are no weights to predict with: ${weights.message}`] };
  const { dataset, notes } = await openValidation(run, options);
  if (!dataset) return { ...none, notes };
  const began = performance.now();
  using data = dataset;
  using model = await Model.load(weights.weights, { device, signal });
  const examiner = new Examiner(new Evaluator(model, { tta, precision }), data);
  const { images: limit = 100 } = options;
  const side = data.length <= 24 ? 448 : data.length <= 100 ? 320 : 256;
  const crops = new CropCollector(cropLimit);
  const rows: string[] = [];
  const drawn = new Map<number, ImagePicture>();
  const evaluation = await examiner.evaluate(
    async (image) => {
      rows.push(cellRows(image.name, image.cells));
      await crops.add(image);
      if (data.length <= limit) drawn.set(image.index, await pictureOf(image, side));
    },
    { signal, onProgress },
  );
  const pictures: ImagePicture[] = [];
  let used = 0;
  for (const index of chosen(evaluation, limit)) {
    if (used > room) break;
    const picture = drawn.get(index) ?? (await pictureOf(await examiner.see(index, signal), side));
    used += [picture.image, picture.outlines, picture.errors, picture.probability].reduce((sum, { length }) => sum + length, 0);
    pictures.push(picture);
  }
  return {
    ...{
      evaluation,
      notes,
      pictures,
      weights: weights.weights,
      cells: [cellsHead, ...rows].join(""),
      statistics: data.statistics,
    },
    crops: cropKinds.map((kind) => ({ kind, count: crops.count(kind), crops: crops.of(kind) })),
    cost: { seconds: (performance.now() - began) / 1000, memory: process.resourceUsage().maxRSS * 1024 },
  };
}

/** Best, median and worst; then half of the room for the lowest Dice, and the rest at even steps from the worst to the best. */
function chosen(evaluation: Evaluation, limit: number): number[] {
  const worst = [...evaluation.perImageScores].sort((a, b) => a.pixel.dice - b.pixel.dice || a.index - b.index);
  const order = worst.map(({ index }) => index);
  const half = Math.min(order.length, Math.ceil(limit / 2));
  const rest = order.length - half;
  const steps = Math.min(rest, limit - half);
  const even = Array.from({ length: steps }, (_, i) => order[half + Math.floor((i * rest) / steps)] as number);
  return [...new Set([...spreadByDice(evaluation, 3), ...order.slice(0, half), ...even])].slice(0, limit);
}
