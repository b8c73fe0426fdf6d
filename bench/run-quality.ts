/** `acinus bench quality`: the four sides, their data and their start weights. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dataset } from "../lib/dataset/dataset.js";
import { Model } from "../lib/model/model.js";
import { digest } from "../lib/run/digest.js";
import { packageRoot } from "../lib/system/paths.js";
import { Inputs } from "./inputs.js";
import { baselinePython } from "./python.js";
import { type QualityRun, type QualitySide, qualityTable, raceToQuality } from "./quality.js";

export interface QualityRunOptions {
  readonly threads: number;
  /** Of the first training; the others follow. */
  readonly seed: number;
  readonly seeds: number;
  readonly epochs: number;
  /** Training images; 0: all. */
  readonly images: number;
  /** Folder with train/ and val/. */
  readonly data?: string;
  /** Folder of quality.jsonl, whose trainings are not repeated. */
  readonly output?: string;
}

export interface QualityDocument {
  readonly runs: readonly QualityRun[];
  readonly table: string;
}

const encoder = "efficientnet-lite0";

export async function runQuality(
  { threads, seed, seeds, epochs, images, data, output }: QualityRunOptions,
  say: (text: string) => void,
  signal?: AbortSignal,
): Promise<QualityDocument> {
  const folder = mkdtempSync(join(tmpdir(), "acinus-quality-"));
  try {
    if (output) mkdirSync(output, { recursive: true });
    const inputs = new Inputs(folder, seed, { ...(data === undefined ? {} : { folder: data }), images });
    const set = await inputs.data("real");
    const python = await baselinePython(say);
    const start = await startWeights(join(folder, `${encoder}.safetensors`), say);
    const [train, val] = [join(set, "train"), join(set, "val")];
    const recipe = ["--epochs", String(epochs), "--threads", String(threads)];
    const ours = [process.execPath, join(packageRoot(), "dist", "bench", "acinus", "quality.js"), train, val, ...recipe];
    const theirs = [python, join(packageRoot(), "bench", "baseline", "train.py"), train, val, "--encoder", encoder, ...recipe];
    const asFast = ["--batch", "8", "--accumulation", "1", "--learning-rate", "1e-3"];
    const side = (name: string, command: readonly string[]): QualitySide => ({
      name,
      command: (seed) => [...command, "--seed", String(seed)],
    });
    const sides = [
      ...(start ? [side("acinus, ImageNet", [...ours, "--weights", start])] : []),
      ...(start ? [side("Python, ImageNet", [...theirs, ...asFast, "--weights", start])] : []),
      side("acinus, from scratch", ours),
      side("Python, from scratch", [...theirs, ...asFast]),
    ];
    const about = digest([await contentOf(set), String(epochs), String(threads)]);
    const runs = await raceToQuality({
      ...{ sides, about, threads, say },
      seeds: Array.from({ length: seeds }, (_, i) => seed + i),
      file: join(output ?? folder, "quality.jsonl"),
      ...(signal ? { signal } : {}),
    });
    return { runs, table: qualityTable(runs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One start for both pretrained sides: the encoder's ImageNet weights, everything else at random. */
async function startWeights(file: string, say: (text: string) => void): Promise<string | undefined> {
  using model = await Model.create({ encoder, weights: "imagenet-or-random", seed: 1 });
  if (model.start.weights === null) {
    say(`The ImageNet weights of ${encoder} cannot be had: both sides train from scratch alone.\n`);
    return undefined;
  }
  await model.save(file);
  return existsSync(file) ? file : undefined;
}

async function contentOf(set: string): Promise<string> {
  using train = await Dataset.open(join(set, "train"));
  using val = await Dataset.open(join(set, "val"));
  return digest([...train.contentHashes, ...val.contentHashes]);
}
