/** What is to be trained and scored, and how. */
import type { TrainEvent } from "../addon/contract.js";
import type { Division } from "./divide.js";
import type { CellSettings } from "./settings.js";
import type { Row } from "./variant.js";

/** What a cell is made of. */
export interface CellPlan {
  readonly row: Row;
  readonly seed: number;
  readonly division: Division;
  readonly settings: CellSettings;
  /** With the epochs of the budget. */
  readonly epochs: number;
}

export interface CellOptions {
  readonly output: string;
  /** To train and score on; undefined: a GPU where there is one. */
  readonly device?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onTrain: (event: TrainEvent) => void;
  /** Of active learning: images that were looked at after a round. */
  readonly onLook: (done: number, total: number) => void;
  /** The training is over, here or before. */
  readonly onScore: () => void;
}
