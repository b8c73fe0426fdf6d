import { type DataOptions, dataOptionsSchema } from "../config/data.js";
import type { PredictorOptions } from "../config/inference.js";
import { parseConfig } from "../config/parse.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";

/** How the data is read. */
export interface ReportReading extends DataOptions {
  /** How the data lies on disk, by its name. By default the one layout that fits. */
  layout?: string;
}

export interface ReportOptions {
  /** Where the validation images are, told by their pixels. Default: where they were when the run began. */
  data?: string;
  /** How the data is read, as `Dataset.open` takes it. Default: grey values and channels as the run took them. */
  reading?: ReportReading;
  /** Folder to write into. Default `report` in the run folder. */
  output?: string;
  /** Most pictures of whole images. Default 100, which keeps the page below 10 MB. */
  images?: number;
  /** As of an `Evaluator`. Default false. */
  tta?: PredictorOptions["tta"];
  /** What the network computes in. By default as it was evaluated. */
  precision?: "fp32" | "bf16" | "fp16";
  /** "cpu" (default), "cuda" or "cuda:N". */
  device?: string;
  /** Replaces files in the way that acinus did not write, or that were changed since. Default false. */
  force?: boolean;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** After each image: how many of all were looked at. */
  onProgress?: (done: number, total: number) => void;
}

const known = ["data", "reading", "output", "images", "tta", "precision", "device", "force", "signal", "onProgress"];

export function checkReportOptions(options: ReportOptions): void {
  checkOptions(options, "options", known);
  const { data, reading, output, images, device } = options;
  if (data !== undefined) checkPath(data, "options.data");
  if (output !== undefined) checkPath(output, "options.output");
  if (images !== undefined) checkWhole(images, "options.images", 0);
  const right = device === undefined || (typeof device === "string" && /^(cpu|cuda(:\d+)?)$/.test(device));
  check(right, device, "options.device", '"cpu", "cuda" or "cuda:N"');
  if (reading !== undefined) parseConfig(dataOptionsSchema, reading, "options.reading");
}
