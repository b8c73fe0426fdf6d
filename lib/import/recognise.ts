import type { NativeWeightsFile } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import type { ModelOptions } from "../config/model.js";

/**
 * The network that a state dict without a configuration belongs to, told from its names and shapes; undefined for an encoder alone, for
 * more than one class and for every network that acinus does not have.
 */
export function recognise({ entries }: Pick<NativeWeightsFile, "entries">): ModelOptions | undefined {
  const [names, shapes] = [entries.map(({ name }) => name), entries.map(({ shape }) => shape)];
  // The names in it are those of the registry, which lib/config/networks.ts mirrors.
  return (call(() => native().recogniseNetwork(names, shapes)) as ModelOptions | null) ?? undefined;
}
