import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { buildDigest } from "../addon/build-digest.js";
import type { NativeTrainer, NativeTrainOptions, RunPosition } from "../addon/contract.js";
import { type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { call, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import type { CellRuleOptions } from "../config/cells.js";
import type { Channel } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import { lossOptionsSchema } from "../config/loss.js";
import type { ModelConfig } from "../config/model.js";
import type { TrainConfig } from "../config/train.js";
import { learntRule } from "../dataset/intensity/learnt-rule.js";
import { commonPixelSize } from "../dataset/pixel-size.js";
import { datasetStatistics } from "../dataset/statistics.js";
import { storeView, type TrainableDataset, type TrainableSampler } from "../dataset/types.js";
import { checkpointMetadata } from "../model/checkpoint.js";
import type { ModelStart } from "../model/start.js";
import { digest } from "../run/digest.js";
import type { EventLog } from "../run/event-log.js";
import type { RunConfig, RunFolder, RunSample } from "../run/run-folder.js";
import { rewindLog } from "../run/run-log.js";
import { assertSameData } from "../run/same-data.js";
import { assertSameMapping, assertSameRun } from "../run/same-run.js";
import { packageVersion } from "../system/version.js";
import { setDeterministic } from "./deterministic.js";
import { nativeRates } from "./learning-rates.js";
import { weightsOver } from "./loss-weights.js";
import { drawsItself, type OwnFunctions } from "./own-functions.js";
import { ampleMemory, checkMemory, stepSize } from "./trainer-checks.js";

/** A model that can be trained: `Model` (model.ts). */
export interface TrainableModel extends SegmenterHolder {
  readonly config: ModelConfig;
  /** How grey values of the training images became bytes. */
  intensity?: IntensityRule | undefined;
  /** The channels that were taken of them. */
  channels?: Channel[] | undefined;
  /** µm per pixel of them. */
  pixelSize?: number | undefined;
  /** Files that its weights came from. */
  readonly weightsFiles?: readonly string[];
  readonly start?: ModelStart;
  /** How its cells are told apart. What was chosen for its weights does not hold for others. */
  useCells?(rule: CellRuleOptions | undefined): void;
}

/** Everything a run is made of. */
export interface RunParts {
  readonly model: TrainableModel;
  readonly config: Readonly<TrainConfig>;
  readonly train: TrainableDataset;
  readonly validation: TrainableDataset;
  readonly sampler: TrainableSampler | undefined;
  /** How many images an epoch draws. */
  readonly draws: number;
  readonly own: OwnFunctions;
  readonly folder: RunFolder | undefined;
  /** "auto": where there is a run. */
  readonly resume: boolean | "auto";
  readonly overwrite: boolean;
}

/** What exists once training may begin. */
export interface PreparedRun {
  readonly native: NativeTrainer;
  readonly log: EventLog | undefined;
  position: RunPosition;
  /** What is not as it was before the run was stopped, a phrase each. */
  readonly differences: readonly string[];
}

type OpenedFolder = Pick<PreparedRun, "position" | "differences">;

/** Moves the model to its device, checks the memory, and makes or reopens the run folder, which the caller holds. */
export async function prepareRun(parts: RunParts, signal?: AbortSignal): Promise<PreparedRun> {
  const { config, train, folder, model } = parts;
  model.intensity = await learntRule(train);
  model.channels = train.channels;
  model.pixelSize = commonPixelSize(train.pixelSizes);
  const segmenter = parts.model[segmenterHandle];
  setDeterministic(config);
  parts.model.useCells?.(undefined);
  if (segmenter.device() !== config.device) await settle(() => segmenter.to(config.device), signal);
  const trainer = makeNative(parts);
  try {
    await settle(() => trainer.build(), signal);
    if (config.memoryCheck) {
      const weights = 4 * segmenter.parameterCount();
      const size = stepSize(train, config);
      const ample = ampleMemory(size, config.batch, weights, parts.model.config);
      await checkMemory(trainer, config.device, size, config.batch, weights, ample, signal);
    }
    signal?.throwIfAborted();
    const opened = await openFolder(parts, trainer, signal);
    return { native: trainer, log: await folder?.openLog(), ...opened };
  } catch (error) {
    trainer.close();
    throw error;
  }
}

async function openFolder(parts: RunParts, trainer: NativeTrainer, signal?: AbortSignal): Promise<OpenedFolder> {
  const { folder, train, validation, overwrite, model } = parts;
  const start: RunPosition = { epoch: 0, batch: 0, step: 0 };
  if (!folder) return { position: start, differences: [] };
  await folder.sweep();
  const config = describe(parts);
  const splits = { train: samplesOf(train), validation: samplesOf(validation) };
  const resume = parts.resume === "auto" ? folder.holdsRun : parts.resume;
  if (!resume) {
    await folder.create(config, splits, overwrite, model.weightsFiles);
    await folder.noteSession(config, start, []);
    return { position: start, differences: [] };
  }
  const stored = await folder.readConfig();
  assertSameMapping(stored, config);
  assertSameData({ config: stored, splits: await folder.readSplits() }, { config, splits });
  const differences = assertSameRun(stored, config);
  // A run that was killed before its first checkpoint begins again.
  const position = existsSync(folder.last) ? await settle(() => trainer.resume(folder.last), signal) : start;
  await rewindLog(folder, position);
  if (differences.length > 0) await folder.rewriteConfig({ ...config, created: stored.created, start: stored.start });
  await folder.noteSession(config, position, differences);
  return { position, differences };
}

function samplesOf({ files, contentHashes, maskHashes }: TrainableDataset): RunSample[] {
  return files.map(({ image, mask }, i) => ({
    ...{ image, mask, imageDigest: digest([contentHashes[i] as string]) },
    ...(maskHashes?.[i] ? { maskDigest: digest([maskHashes[i]]) } : {}),
  }));
}

function makeNative(parts: RunParts): NativeTrainer {
  const { model, config, sampler } = parts;
  const train = parts.train[storeView];
  const validation = parts.validation[storeView];
  const data = {
    train: train.store,
    trainIndices: train.indices,
    validation: validation.store,
    validationIndices: validation.indices,
    weights: sampler?.weights ?? new Float64Array(),
    samplerSeed: sampler?.seed ?? config.seed,
    draws: parts.draws,
  };
  return call(() => new (native().Trainer)(model[segmenterHandle], data, nativeOptions(parts)));
}

function nativeOptions({ model, config, folder }: RunParts): NativeTrainOptions {
  const { memoryCheck: _check, device: _device, deterministic: _same, learningRates, ...same } = config;
  // Beside a loss of one's own that of the options serves the estimate of the memory alone.
  const loss = config.loss === "own" ? lossOptionsSchema.parse({}) : config.loss;
  return {
    ...same,
    ...nativeRates(learningRates),
    loss,
    lossWeights: config.lossWeights.map((some, epoch) => weightsOver(loss, some, `lossWeights of epoch ${epoch}`)),
    precision: config.precision === "auto" ? "fp32" : config.precision,
    checkpoints: folder ? { best: folder.best, last: folder.last } : null,
    metadata: checkpointMetadata(model.config, model),
  };
}

function describe(parts: RunParts): RunConfig {
  const { model, config, train, validation, sampler } = parts;
  const gpu = native().cudaDevices()[Number(config.device.split(":")[1] ?? 0)]?.name;
  const set = ({ length, contentHashes, maskHashes, maskStatistics, sizes }: TrainableDataset) => ({
    ...{ images: length, digest: digest(contentHashes) },
    ...(maskHashes ? { masks: digest(maskHashes.map(String)) } : {}),
    statistics: datasetStatistics(maskStatistics, sizes),
  });
  return {
    acinus: packageVersion(),
    build: buildDigest(),
    libtorch: native().libtorchVersion,
    node: process.versions.node,
    created: new Date().toISOString(),
    device: config.device === "cpu" ? (cpus()[0]?.model ?? "CPU") : (gpu ?? config.device),
    threads: native().threads(),
    model: model.config,
    ...(model.start ? { start: model.start.weights ?? "random" } : {}),
    ...(model.intensity ? { intensity: model.intensity } : {}),
    ...(model.channels ? { channels: model.channels } : {}),
    ...(model.pixelSize ? { pixelSize: model.pixelSize } : {}),
    train: config,
    data: {
      train: set(train),
      validation: set(validation),
      ...(parts.own.transforms ? { transform: "own" as const } : {}),
      sampler: {
        seed: sampler?.seed ?? config.seed,
        digest: digest(Array.from(sampler?.weights ?? [], String)),
        ...(drawsItself(sampler) ? { own: true, draws: parts.draws } : {}),
        ...(sampler?.complexity ? { complexity: sampler.complexity } : {}),
      },
    },
  };
}
