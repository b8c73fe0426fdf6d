/** The folder of rounds: what it began with, and which rounds are done. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../dataset/dataset.js";
import { ConfigError } from "../errors.js";
import { digestOf } from "../run/digest.js";
import { RunFolder } from "../run/run-folder.js";
import { requireWritable, writeOutput } from "../system/output-file.js";
import { packageVersion } from "../system/version.js";
import type { ParsedActive } from "./options.js";
import { type ActiveRound, readRounds, recordName } from "./record.js";

const stateName = "active.json";

/** The rounds that were done before; the folder is marked as that of these options. */
export async function begin({
  folder,
  active,
  train,
  validation,
  model,
  trainer,
  sampler,
}: ParsedActive): Promise<ActiveRound[]> {
  const path = join(folder, stateName);
  const { device: _device, ...same } = trainer;
  const contents = ({ contentHashes, maskHashes }: Dataset) => digestOf([contentHashes, maskHashes]);
  const options = { ...active, model, trainer: same, sampler };
  const digest = digestOf({ options, train: contents(train), validation: contents(validation) });
  await requireWritable(path);
  await requireWritable(join(folder, recordName));
  if (existsSync(path)) {
    const state = JSON.parse(await readFile(path, "utf8")) as { digest?: unknown };
    if (state.digest === digest) return readRounds(folder);
    throw new ConfigError("ACINUS_CONFIG", `The rounds in ${folder} began with other options or other images.`, {
      file: path,
      fix: "Use the options that are in this file, or another folder.",
    });
  }
  const state = { format: "acinus-active-1", acinus: packageVersion(), created: new Date().toISOString(), digest };
  await writeOutput(path, `${JSON.stringify({ ...state, images: train.length, options }, null, 1)}\n`);
  return [];
}

/** @param round from 1 */
export function runOf(folder: string, round: number): RunFolder {
  return new RunFolder(join(folder, `round-${round}`));
}
