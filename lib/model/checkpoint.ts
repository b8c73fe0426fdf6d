import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CellRule } from "../config/cells.js";
import type { ModelConfig } from "../config/model.js";
import { CheckpointError } from "../errors.js";

const longestHeader = 100_000_000; // as the reference implementation of safetensors

/** The metadata that makes a safetensors file a checkpoint of ours: how to build the network that its weights belong to. */
export function checkpointMetadata(
  config: ModelConfig,
  { projection, cells }: { projection?: string; cells?: CellRule | undefined } = {},
): Record<string, string> {
  return { format: "pt", acinus: JSON.stringify({ version: 1, model: config, projection, cells }) };
}

/** What a checkpoint of ours says of itself. */
export interface CheckpointConfig {
  /** The model's configuration, not yet validated. */
  readonly model: unknown;
  /** How cells are told apart, where that was chosen; not yet validated. */
  readonly cells?: unknown;
  /** The file with the input projection, where it was saved beside this one. */
  readonly projection?: string;
}

/** @throws CheckpointError ACINUS_CHECKPOINT when the file cannot be read, is no safetensors file, or carries no configuration. */
export async function readCheckpointConfig(file: string): Promise<CheckpointConfig> {
  const text = (await readMetadata(file)).acinus;
  if (typeof text !== "string") {
    throw new CheckpointError("ACINUS_CHECKPOINT", `${file} carries no configuration: it was not saved by acinus.`, {
      file,
      fix: "Create the network with Model.create and give it this file as weights.",
    });
  }
  try {
    const { model, projection, cells } = JSON.parse(text) as { model?: unknown; projection?: unknown; cells?: unknown };
    // A bare name: what a file says must not reach outside of its folder.
    return { model, cells, projection: typeof projection === "string" ? join(dirname(file), basename(projection)) : undefined };
  } catch (cause) {
    throw new CheckpointError("ACINUS_CHECKPOINT", `The configuration in ${file} is damaged.`, { file, cause });
  }
}

/** The `__metadata__` of a safetensors file. Only its header is read; the tensors are checked when they are loaded. */
async function readMetadata(file: string): Promise<Record<string, unknown>> {
  try {
    await using handle = await open(file, "r");
    const prefix = new DataView(new ArrayBuffer(8));
    if ((await handle.read(prefix, 0, 8, 0)).bytesRead < 8) throw new Error("it is too short for a safetensors file");
    const length = prefix.getBigUint64(0, true);
    const room = Math.min(longestHeader, (await handle.stat()).size - 8);
    if (length > BigInt(room)) throw new Error("its header length does not fit: it is truncated, or no safetensors file");
    const bytes = new Uint8Array(Number(length));
    if ((await handle.read(bytes, 0, bytes.length, 8)).bytesRead < bytes.length) throw new Error("it is truncated");
    const header = JSON.parse(new TextDecoder().decode(bytes)) as { __metadata__?: Record<string, unknown> };
    return header.__metadata__ ?? {};
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? "it is no safetensors file" : cause instanceof Error ? cause.message : cause;
    throw new CheckpointError("ACINUS_CHECKPOINT", `Cannot read ${file}: ${reason}.`, { file, cause });
  }
}
