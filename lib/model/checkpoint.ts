import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { CellRule } from "../config/cells.js";
import { type ImagesSeen, imagesSeenSchema } from "../config/images-seen.js";
import type { ModelConfig } from "../config/model.js";
import { parseConfig } from "../config/parse.js";
import { CheckpointError, ConfigError } from "../errors.js";
import { readSafetensorsMetadata } from "../system/safetensors-header.js";

/** The metadata that makes a safetensors file a checkpoint of ours: how to build the network that its weights belong to. */
export function checkpointMetadata(
  config: ModelConfig,
  { cells, intensity, channels, pixelSize }: Partial<ImagesSeen> & { readonly cells?: CellRule | undefined } = {},
  projection?: string,
): Record<string, string> {
  return {
    format: "pt",
    acinus: JSON.stringify({ version: 1, model: config, projection, cells, intensity, channels, pixelSize }),
  };
}

/** What a checkpoint of ours says of itself. */
export interface CheckpointConfig {
  /** The model's configuration, not yet validated. */
  readonly model: unknown;
  /** How cells are told apart, where that was chosen; not yet validated. */
  readonly cells?: unknown;
  /** The file with the input projection, where it was saved beside this one. */
  readonly projection?: string;
  /** How its training images were seen; checkpoints of earlier versions say nothing. */
  readonly seen: ImagesSeen;
}

/** @throws CheckpointError ACINUS_CHECKPOINT when the file cannot be read, is no safetensors file, or carries no configuration. */
export function readCheckpointConfig(file: string): CheckpointConfig {
  const text = readMetadata(file).acinus;
  if (typeof text !== "string") {
    throw new CheckpointError("ACINUS_CHECKPOINT", `${file} carries no configuration: it was not saved by acinus.`, {
      file,
      fix: "Create the network with Model.create and give it this file as weights.",
    });
  }
  try {
    const { model, projection, cells, intensity, channels, pixelSize } = JSON.parse(text) as Record<string, unknown>;
    // A bare name: what a file says must not reach outside of its folder.
    const beside = typeof projection === "string" ? join(dirname(file), basename(projection)) : undefined;
    const seen = parseConfig(imagesSeenSchema, { intensity, channels, pixelSize }, `what ${file} says of its images`);
    return { model, cells, projection: beside, seen };
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new CheckpointError("ACINUS_CHECKPOINT", `The configuration in ${file} is damaged.`, { file, cause });
  }
}

function readMetadata(file: string): Record<string, unknown> {
  try {
    return readSafetensorsMetadata(realpathSync(file)); // a hub's cache holds links
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new CheckpointError("ACINUS_CHECKPOINT", `Cannot read ${file}: ${reason}.`, { file, cause });
  }
}
