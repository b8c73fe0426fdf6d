import type { OnnxOptions } from "../config/onnx.js";
import type { Model } from "../model/model.js";
import type { SaveWeightsOptions } from "../model/save.js";

/** The options of all exporters. Each exporter lists those that it reads. */
export interface ExportOptions extends OnnxOptions, SaveWeightsOptions {}

/** What every format reads. */
export type CommonOption = "signal" | "inputs" | "force";

/** A file format that a trained network can be exported to: one file in this folder, listed in `index.ts`. */
export interface ExportFormat {
  /** What it is, in a line. */
  readonly description: string;
  /** Endings of file names, with the dot; the usual one first. */
  readonly endings: readonly string[];
  /** The options that it reads; others are refused. */
  readonly reads: readonly Exclude<keyof ExportOptions, CommonOption>[];
  /** Writes whole files or none. Returns the paths of all that it wrote. */
  write(model: Model, file: string, options: ExportOptions): Promise<string[]>;
}
