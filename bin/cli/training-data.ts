import { Dataset } from "../../lib/dataset/dataset.js";
import { learntRule } from "../../lib/dataset/intensity/learnt-rule.js";
import { darkAdvice, describeIntensity } from "../../lib/dataset/intensity/words.js";
import { findDuplicates } from "../../lib/dataset/leaks.js";
import { OddityFinder } from "../../lib/dataset/oddities.js";
import type { ScannedPair } from "../../lib/dataset/scan.js";
import type { AcinusError } from "../../lib/errors.js";
import { type DataFlags, dataOptionsOf } from "./data-options.js";
import { say } from "./output.js";
import { progress } from "./progress.js";

export interface TrainingDataOptions extends DataFlags {
  /** Folder of the validation set; without it `data` is split. */
  validation?: string;
  split?: number;
  group?: RegExp;
  seed: number;
  signal: AbortSignal;
}

/** Both sets, read with a progress line; the validation's grey values are mapped as the training's. */
export async function openData(data: string, options: TrainingDataOptions): Promise<{ train: Dataset; validation: Dataset }> {
  const { validation, split = 0.2, group, seed, signal } = options;
  const whole = await read(data, signal, options, group);
  if (validation !== undefined) {
    const intensity = await learntRule(whole);
    return { train: whole, validation: await read(validation, signal, { ...options, intensity, channels: whole.channels }) };
  }
  using all = whole; // the parts keep the pixels
  return all.split({ validation: split, seed });
}

/** Of a set that is only read to train on it, every so many-th mask is compared for its fit, which takes some milliseconds. */
const compared = 8;

/** A set, read with a progress line; what was recognised and what looks odd is said. */
export async function read(
  folder: string,
  signal: AbortSignal,
  flags: DataFlags,
  group?: RegExp,
  onProblem?: (problem: AcinusError) => void,
): Promise<Dataset> {
  const bar = progress(`Reading ${folder}`);
  const oddities = new OddityFinder(compared);
  const onProgress = (done: number, total: number) => (done === 1 ? bar.start(total, done) : bar.update(done));
  const dark: string[] = [];
  const onPair = (pair: ScannedPair) => {
    oddities.add(pair);
    if (pair.decoded.dark) dark.push(pair.image);
  };
  const dataset = await Dataset.open(folder, { ...dataOptionsOf(flags), group, signal, onProgress, onPair, onProblem }).finally(
    () => bar.stop(),
  );
  say(`${folder}: ${dataset.length} images, ${dataset.layout.description}.`);
  const mapping = describeIntensity(dataset.intensity);
  if (mapping) say(`${folder}: ${mapping}.`);
  for (const note of dataset.notes) say(note);
  const [black] = dark;
  if (black)
    say(`Look at ${folder}: ${dark.length} images are nearly black to the network, for example ${black}. ${darkAdvice}`);
  for (const { message, files } of oddities.found)
    say(`Look at ${folder}: ${message}${files[0] ? ` For example ${files[0]}.` : ""}`);
  const [twins, ...others] = findDuplicates(dataset);
  if (twins)
    say(
      `Look at ${folder}: ${others.length + 1} images are there twice, for example ${twins.second.image} and ${twins.first.image}.`,
    );
  return dataset;
}
