import { parse } from "node:path";
import type { NativeSaveOptions } from "../addon/contract.js";
import { type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import type { ImagesSeen } from "../config/images-seen.js";
import type { ModelConfig } from "../config/model.js";
import { check } from "../system/arguments.js";
import { type ReplaceOptions, writeOutputs } from "../system/output-file.js";
import { checkpointMetadata } from "./checkpoint.js";

export interface SaveWeightsOptions extends ReplaceOptions {
  /** The input projection in the same file (default), or in one beside it, so that the file holds smp's entries and no others. */
  readonly projection?: "inside" | "beside";
  /** Files that the network came from: never replaced. By default none. */
  readonly inputs?: readonly string[];
  /** An abort ends the call, which rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** A network with what its file says of it. */
type SavedModel = SegmenterHolder & ImagesSeen & { readonly config: ModelConfig };

/** `best.safetensors` → `best.projection.safetensors`. */
function besidePath(file: string): string {
  const { dir, name, ext } = parse(file);
  return `${dir}${dir && !dir.endsWith("/") ? "/" : ""}${name}.projection${ext}`;
}

/** Writes a network's weights, whole or not at all. Returns the paths of the files written. */
export async function saveWeights(
  model: SavedModel,
  file: string,
  format: NativeSaveOptions["format"],
  options: SaveWeightsOptions,
): Promise<string[]> {
  const { projection = "inside" } = options;
  check(projection === "inside" || projection === "beside", projection, "options.projection", '"inside" or "beside"');
  const beside = besidePath(file);
  const apart = projection === "beside" && model.config.inputMode === "projection";
  const paths = apart ? [file, beside] : [file];
  const save = (path: string, part: NativeSaveOptions["part"], metadata: Record<string, string>) =>
    settle(() => model[segmenterHandle].save(path, { part, format, metadata }), options.signal);
  await writeOutputs(paths, options, async () => {
    if (!apart) return save(file, "all", checkpointMetadata(model.config, model));
    // The projection first: a network that names one which is not there could not be opened.
    await save(beside, "projection", { format: "pt" });
    await save(file, "network", checkpointMetadata(model.config, model, parse(beside).base));
  });
  return paths;
}

/**
 * Writes a run's checkpoint again, whole or not at all, with what the model says of its cells. The model must be as it was loaded from that
 * file; what resuming needs lies beside it and stays valid.
 */
export async function rewriteCheckpoint(model: SavedModel, file: string, signal?: AbortSignal): Promise<void> {
  const metadata = checkpointMetadata(model.config, model);
  await settle(() => model[segmenterHandle].save(file, { part: "all", format: "safetensors", metadata }), signal);
}
