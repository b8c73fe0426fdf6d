import { parse } from "node:path";
import type { NativeSaveOptions } from "../addon/contract.js";
import { type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import type { ModelConfig } from "../config/model.js";
import { checkpointMetadata } from "./checkpoint.js";

export interface SaveWeightsOptions {
  /** The input projection in the same file (default), or in one beside it, so that the file holds smp's entries and no others. */
  readonly projection?: "inside" | "beside";
  readonly signal?: AbortSignal;
}

/** `best.safetensors` → `best.projection.safetensors`. */
function besidePath(file: string): string {
  const { dir, name, ext } = parse(file);
  return `${dir}${dir && !dir.endsWith("/") ? "/" : ""}${name}.projection${ext}`;
}

/** Writes a network's weights, whole or not at all. Returns the paths of the files written. */
export async function saveWeights(
  model: SegmenterHolder & { readonly config: ModelConfig },
  file: string,
  format: NativeSaveOptions["format"],
  options: SaveWeightsOptions,
): Promise<string[]> {
  const save = (path: string, part: NativeSaveOptions["part"], metadata: Record<string, string>) =>
    settle(() => model[segmenterHandle].save(path, { part, format, metadata }), options.signal);
  if (options.projection !== "beside" || model.config.inputMode !== "projection") {
    await save(file, "all", checkpointMetadata(model.config));
    return [file];
  }
  // The projection first: a network that names one which is not there could not be opened.
  const beside = besidePath(file);
  await save(beside, "projection", { format: "pt" });
  await save(file, "network", checkpointMetadata(model.config, parse(beside).base));
  return [file, beside];
}
