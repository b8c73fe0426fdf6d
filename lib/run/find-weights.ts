import { stat } from "node:fs/promises";
import { join } from "node:path";
import { AcinusError } from "../errors.js";
import { fetchWeights, isHubReference } from "../hub/index.js";
import { checkPath } from "../system/arguments.js";
import { checkpointName } from "./files.js";

/** A trained network on disk. */
export interface FoundWeights {
  /** The .safetensors file. */
  readonly weights: string;
  /** The run folder that it is from; null for a file by itself. */
  readonly folder: string | null;
}

/**
 * What `path` means where a trained network is asked for: a .safetensors file, one of the hub (`hf:owner/name`), or a run folder, whose best
 * checkpoint counts and, before there is one, its last.
 * @throws AcinusError ACINUS_NOT_A_RUN
 */
export async function findWeights(path: string): Promise<FoundWeights> {
  checkPath(path, "path");
  if (isHubReference(path)) return { weights: await fetchWeights(path), folder: null };
  const kind = await stat(path).catch(() => null);
  if (kind?.isFile()) return { weights: path, folder: null };
  for (const name of ["best", "last"]) {
    const weights = join(path, checkpointName(name));
    if (kind && (await stat(weights).catch(() => null))?.isFile()) return { weights, folder: path };
  }
  const message = kind ? `The folder ${path} holds no checkpoint.` : `There is no run folder or weights file ${path}.`;
  throw new AcinusError("ACINUS_NOT_A_RUN", message, {
    file: path,
    fix: "Give the folder that acinus train wrote (-o), or a .safetensors file.",
  });
}
