import type { BoundaryScores, ImageScores, NativeEvaluation, PixelScores, Precision } from "../addon/contract.js";
import { type Scores, scoresOf } from "../addon/scores.js";
import type { Separation } from "../config/cells.js";
import type { CrfConfig } from "../config/crf.js";
import type { EmptyPolicy, EvaluatorConfig } from "../config/inference.js";
import type { ImageSize, SampleFiles, TrainableDataset } from "../dataset/types.js";
import { type Calibration, calibrationOf, type ThresholdScores, thresholdScores } from "./certainty.js";

/** The scores of one image of a data set. */
export interface ImageEvaluation extends ImageScores {
  /** Where it came from. */
  readonly files: SampleFiles;
  /** Its height and width, px. */
  readonly size: ImageSize;
  /** The file that was scored, where predictions were files. */
  readonly prediction?: string;
}

/** The scores that may be undefined for single images. */
export type UndefinedScoreName = keyof PixelScores | "boundaryF1" | Exclude<keyof BoundaryScores, "f1">;

/** Every score of a data set. Undefined values are NaN (null in JSON) and counted. */
export interface Evaluation extends Scores {
  /** What an empty prediction on an empty truth scores. */
  readonly emptyPolicy: EmptyPolicy;
  /** The flips and rotations over which probabilities were averaged. */
  readonly tta: EvaluatorConfig["tta"];
  /** How predicted cells were told apart; this and the next four only where a network was scored. */
  readonly separation?: Separation;
  /** The random field that refined the probabilities; null: none. */
  readonly crf?: CrfConfig | null;
  /** What the network computed in. */
  readonly precision?: Precision;
  /** Pixel scores by the threshold. */
  readonly thresholds?: readonly ThresholdScores[];
  /** How probabilities and truth go together. */
  readonly calibration?: Calibration;
  /** For how many images each score was undefined. */
  readonly undefinedScores: Readonly<Record<UndefinedScoreName, number>>;
  /** In the data set's order. */
  readonly perImageScores: readonly ImageEvaluation[];
  /** Lowest Dice first; without images whose Dice is undefined. */
  readonly worst: readonly ImageEvaluation[];
  /** Images far from the others by the robust test of `outlierTest`. They are part of every score. */
  readonly outliers: readonly ImageEvaluation[];
}

/** How the scores came about. */
type About = Pick<Evaluation, "emptyPolicy" | "tta" | "separation" | "crf" | "precision"> & {
  /** How many of the worst images to list. */
  readonly worst: number;
  /** The files that were scored, in the data set's order; undefined: a network was. */
  readonly predictions?: readonly string[];
};

export function evaluationOf(native: NativeEvaluation, { files, sizes }: TrainableDataset, about: About): Evaluation {
  const { certainty } = native;
  const { perImageScores: images, ...scores } = scoresOf(native);
  const { worst, predictions, ...rest } = about;
  const perImageScores = images.map((image, index) => ({
    ...image,
    index,
    files: files[index] as SampleFiles,
    size: sizes[index] as ImageSize,
    ...(predictions ? { prediction: predictions[index] as string } : {}),
  }));
  const scored = perImageScores.filter(({ pixel }) => !Number.isNaN(pixel.dice));
  const byDice = scored.sort((a, b) => a.pixel.dice - b.pixel.dice || a.index - b.index);
  return {
    ...scores,
    ...rest,
    ...(predictions ? {} : { thresholds: thresholdScores(certainty), calibration: calibrationOf(certainty) }),
    undefinedScores: countUndefined(perImageScores),
    perImageScores,
    worst: byDice.slice(0, worst),
    outliers: byDice.filter((image) => image.outlier),
  };
}

function countUndefined(images: readonly ImageScores[]): Evaluation["undefinedScores"] {
  const counts = {
    ...{ dice: 0, iou: 0, precision: 0, recall: 0, specificity: 0 },
    ...{ boundaryF1: 0, meanDistance: 0, hd95: 0, errorShare: 0, shift: 0 },
  };
  for (const { pixel, boundary } of images) {
    const { f1: boundaryF1, ...distances } = boundary;
    for (const [key, value] of Object.entries({ ...pixel, boundaryF1, ...distances })) {
      if (Number.isNaN(value)) counts[key as UndefinedScoreName]++;
    }
  }
  return counts;
}
