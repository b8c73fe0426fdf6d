import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type CellRule, cellRuleSchema } from "../config/cells.js";
import type { ImagesSeen } from "../config/images-seen.js";
import { type ModelConfig, type ModelOptions, modelConfigSchema } from "../config/model.js";
import { parseConfig } from "../config/parse.js";
import { fetchWeights, isFetched } from "../hub/index.js";
import { type CheckpointConfig, readCheckpointConfig } from "../model/checkpoint.js";
import { type LoadReport, Model } from "../model/model.js";
import { checkOptions, checkPath } from "../system/arguments.js";
import { type ReplaceOptions, requireWritable, writeOutputs } from "../system/output-file.js";
import { recognise } from "./recognise.js";

export interface ImportedWeights {
  /** The file that was written. */
  readonly file: string;
  /** The network that the weights belong to; null if none was recognised. The weights are then converted as they are. */
  readonly model: ModelConfig | null;
  /** Number of tensors. */
  readonly entries: number;
  /** What the weights gave the network; null when none was recognised. */
  readonly report: LoadReport | null;
}

/**
 * Turns weights of any readable format into safetensors. Weights of a whole network that acinus knows become a checkpoint that `Model.load`,
 * `evaluate` and `predict` open. Its configuration is derived from names and shapes, or read from a checkpoint of ours.
 * @throws CheckpointError ACINUS_CHECKPOINT, ACINUS_WEIGHTS_MISMATCH; AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED, ACINUS_DOWNLOAD.
 */
export async function importWeights(
  source: string,
  to: string,
  options: ReplaceOptions & { signal?: AbortSignal } = {},
): Promise<ImportedWeights> {
  checkPath(source, "source");
  checkPath(to, "to");
  checkOptions(options, "options", ["signal", "force"]);
  const { signal, force } = options;
  const from = isFetched(source) ? await fetchWeights(source, { signal }) : source;
  const output = { inputs: [from], force };
  await requireWritable(to, output);
  const found = await settle(() => native().inspectWeights(from), signal);
  const own = found.format === "safetensors" ? carried(from) : undefined;
  const config = own?.model ?? recognise(found);
  if (!config) {
    await writeOutputs([to], output, async () => {
      await settle(() => native().convertWeights(from, to), signal);
    });
    return { file: to, model: null, entries: found.entries.length, report: null };
  }
  using model = await Model.create({ ...config, weights: from, signal });
  model.useCells(own?.cells);
  Object.assign(model, own?.seen);
  await model.save(to, output);
  return { file: to, model: model.config, entries: model.entries.length, report: model.loadReport ?? null };
}

/** What a checkpoint of ours says of itself; nothing where a file holds weights alone. */
function carried(file: string): { model: ModelOptions; cells?: CellRule; seen: ImagesSeen } | undefined {
  let config: CheckpointConfig;
  try {
    config = readCheckpointConfig(file);
  } catch {
    return undefined;
  }
  const model = parseConfig(modelConfigSchema, config.model, `the configuration in ${file}`);
  if (config.cells === undefined) return { model, seen: config.seen };
  return { model, seen: config.seen, cells: parseConfig(cellRuleSchema, config.cells, `the cells in ${file}`) };
}
