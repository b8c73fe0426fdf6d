import { Dataset } from "../../lib/dataset/dataset.js";
import { progress } from "./progress.js";

export interface DataOptions {
  /** Folder of the validation set; without it `data` is split. */
  validation?: string;
  split?: number;
  group?: RegExp;
  seed: number;
  signal: AbortSignal;
}

/** Both sets, read with a progress line. */
export async function openData(data: string, options: DataOptions): Promise<{ train: Dataset; validation: Dataset }> {
  const { validation, split = 0.2, group, seed, signal } = options;
  const whole = await read(data, signal, group);
  if (validation !== undefined) return { train: whole, validation: await read(validation, signal) };
  using all = whole; // the parts keep the pixels
  return all.split({ validation: split, seed });
}

export async function read(folder: string, signal: AbortSignal, group?: RegExp): Promise<Dataset> {
  const bar = progress(`Reading ${folder}`);
  const onProgress = (done: number, total: number) => (done === 1 ? bar.start(total, done) : bar.update(done));
  return Dataset.open(folder, { group, signal, onProgress }).finally(() => bar.stop());
}
