/** The names of scores: one for each, the same in events, evaluations, files and comparisons. */
import type {
  BoundaryScores,
  ErrorCauses,
  ImageScores,
  Interval,
  NativeEvaluation,
  ObjectScores,
  PixelScores,
} from "./contract.js";

/**
 * The scores of a set of images. …PerImage is a mean over all images, …WithCells over the images with cells, …Micro is over the pixels of all
 * images together. Shares are 0 to 1; what is undefined is NaN (null in JSON).
 */
export interface Scores {
  /** Number of images. */
  readonly images: number;
  /** Number of images whose truth has a cell. */
  readonly imagesWithCells: number;
  /** The probability from which on a pixel counted as a cell, 0 to 1; NaN where predictions were masks. */
  readonly threshold: number;
  /** Mean of the Dice of each image, 0 to 1, with its 95 % interval. An empty prediction on an empty truth scores `emptyPolicy`. */
  readonly dicePerImage: Interval;
  /** Mean of the Dice of each image that has cells, 0 to 1, with its 95 % interval. */
  readonly diceWithCells: Interval;
  /** Dice over the pixels of all images together, 0 to 1, with its 95 % interval. */
  readonly diceMicro: Interval;
  /** Mean of the intersection over union of each image, 0 to 1. */
  readonly iouPerImage: number;
  /** Mean of the intersection over union of each image that has cells, 0 to 1. */
  readonly iouWithCells: number;
  /** Intersection over union over the pixels of all images together, 0 to 1, with its 95 % interval. */
  readonly iouMicro: Interval;
  /** Mean of the precision of each image, 0 to 1. */
  readonly precisionPerImage: number;
  /** Mean of the precision of each image that has cells, 0 to 1. */
  readonly precisionWithCells: number;
  /** Precision over the pixels of all images together, 0 to 1. */
  readonly precisionMicro: number;
  /** Mean of the recall of each image, 0 to 1. */
  readonly recallPerImage: number;
  /** Mean of the recall of each image that has cells, 0 to 1. */
  readonly recallWithCells: number;
  /** Recall over the pixels of all images together, 0 to 1. */
  readonly recallMicro: number;
  /** Mean of the specificity of each image, 0 to 1. */
  readonly specificityPerImage: number;
  /** Mean of the specificity of each image that has cells, 0 to 1. */
  readonly specificityWithCells: number;
  /** Specificity over the pixels of all images together, 0 to 1. */
  readonly specificityMicro: number;
  /** How well outlines agree, means over the images in which they are defined. */
  readonly boundary: BoundaryScores;
  /** How well cells agree, over the cells of all images together. */
  readonly objects: ObjectScores;
  /** Where wrong pixels lie. */
  readonly causes: ErrorCauses;
  /** The scores of each image, in the set's order. */
  readonly perImageScores: readonly ImageScores[];
}

/** What is averaged over pixels or images, and the names that it then has. */
export const pixelScoreNames = ["dice", "iou", "precision", "recall", "specificity"] as const;
const averages = { PerImage: "perImage", WithCells: "perImageWithCells", Micro: "micro" } as const;
export type Average = keyof typeof averages;
export const averageNames = Object.keys(averages) as Average[];

/** The groups of scores of an evaluation as native code, and summaries of earlier versions, have them. */
type Grouped = Record<(typeof averages)[Average], PixelScores>;

/** Each score of the groups under its name. Those with an interval are left to it. */
export function named<Native extends Grouped>(grouped: Native): Omit<Native, keyof Grouped> & Pick<Scores, PlainName> {
  const { micro, perImage, perImageWithCells, ...others } = grouped;
  const groups = { micro, perImage, perImageWithCells };
  const plain = averageNames.flatMap((average) =>
    pixelScoreNames.map((score) => [`${score}${average}`, groups[averages[average]][score]] as const),
  );
  const scores = Object.fromEntries(plain) as Record<`${keyof PixelScores}${Average}`, number>;
  return { ...scores, ...others };
}

type PlainName = Exclude<`${keyof PixelScores}${Average}`, "dicePerImage" | "diceWithCells" | "diceMicro" | "iouMicro">;

/** The scores of a set as scripts see them. */
export function scoresOf({ certainty: _, ...scores }: NativeEvaluation): Scores {
  return named(scores);
}

/** A score by what is averaged and how, without its interval. */
export function scoreOf(scores: Scores, score: keyof PixelScores, average: Average): number {
  const value: number | Interval = scores[`${score}${average}`];
  return typeof value === "number" ? value : value.value;
}
