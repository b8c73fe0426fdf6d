/** Everything that a report shows. */
import type { Interval } from "../addon/contract.js";
import type { DatasetStatistics } from "../dataset/statistics.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import type { Alert } from "./alerts.js";
import type { Crop, CropKind } from "./crops.js";
import type { ImagePicture } from "./pictures.js";
import type { Reproduction } from "./reproduce.js";
import type { RunRecord } from "./run-record.js";

export interface ReportContent {
  readonly run: RunRecord;
  readonly acinus: string;
  /** ISO 8601. */
  readonly created: string;
  /** Undefined where neither the images nor a summary are at hand. */
  readonly evaluation: Evaluation | undefined;
  /** How the evaluation came about, a sentence. */
  readonly scored: string;
  readonly objectF1: Interval;
  readonly alerts: readonly Alert[];
  /** Of the images that are shown; empty where they are not at hand. */
  readonly pictures: readonly ImagePicture[];
  readonly crops: readonly { readonly kind: CropKind; readonly count: number; readonly crops: readonly Crop[] }[];
  /** Table I by the name of the set. */
  readonly tables: readonly { readonly name: string; readonly statistics: DatasetStatistics }[];
  /** Of the evaluation, where it was made for this report. */
  readonly cost: { readonly seconds: number; readonly memory: number } | undefined;
  readonly reproduction: Reproduction;
  /** What lies beside the page. */
  readonly files: readonly string[];
}
