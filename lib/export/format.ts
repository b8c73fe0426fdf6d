import type { OnnxOptions } from "../config/onnx.js";
import type { Model } from "../model/model.js";

/** What an exporter may be asked for; each says what concerns it. */
export interface ExportOptions extends OnnxOptions {
  /** The input projection in the same file (default), or in one beside it, so that the file holds smp's entries and no others. */
  readonly projection?: "inside" | "beside";
  readonly signal?: AbortSignal;
}

/** A file format that a trained network can be exported to: one file in this folder, listed in `index.ts`. */
export interface ExportFormat {
  readonly description: string;
  /** Of file names, with the point; the first is the usual one. */
  readonly endings: readonly string[];
  /** The options that it reads; others are refused. */
  readonly reads: readonly Exclude<keyof ExportOptions, "signal">[];
  /** Writes whole files or none. Returns the paths of all that it wrote. */
  write(model: Model, file: string, options: ExportOptions): Promise<string[]>;
}
