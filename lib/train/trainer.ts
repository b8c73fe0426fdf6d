import { z } from "zod";
import type { FitResult, RunPosition, TrainEvent } from "../addon/contract.js";
import { checkModel, segmenterHandle } from "../addon/handles.js";
import { call, closed, settle } from "../addon/job.js";
import { lossOptionsSchema, lossWeightsSchema } from "../config/loss.js";
import { parseConfig } from "../config/parse.js";
import { type TrainConfig, trainConfigSchema } from "../config/train.js";
import { storeView, type TrainableDataset, type TrainableSampler } from "../dataset/types.js";
import { ConfigError } from "../errors.js";
import { RunFolder } from "../run/run-folder.js";
import { checkOptions, checkPath } from "../system/arguments.js";
import { limits } from "./deterministic.js";
import { type LossWeightsByEpoch, listOfWeights, weightsOver } from "./loss-weights.js";
import { type LossFunction, OwnLoss, withLoss } from "./own-loss.js";
import { checkData, resolveDevice, stepSize } from "./trainer-checks.js";
import { type PreparedRun, prepareRun, type RunParts, type TrainableModel } from "./trainer-setup.js";
import { TrainingLoop } from "./training-loop.js";

const object = <T>(what: string, properties: readonly PropertyKey[]) =>
  z.custom<T>((value) => {
    return typeof value === "object" && value !== null && properties.every((property) => property in value);
  }, `must be ${what}`);
const dataset = object<TrainableDataset>("a Dataset", ["files", "sizes", "maskStatistics", "contentHashes", storeView]);

const aFunction = <T>(message: string) => z.custom<T>((value) => typeof value === "function", message);

const trainerOptionsSchema = trainConfigSchema.extend({
  train: dataset,
  validation: dataset,
  /** The weights of the terms and their options, or a loss of one's own; validation's loss is then its value too. */
  loss: z.union([lossOptionsSchema, aFunction<LossFunction>("must be options of the loss, or a function")]).prefault({}),
  /** Weights of the loss's terms by epoch, over those of `loss`. A function is asked for every epoch before the first. */
  lossWeights: z
    .union([
      z.array(lossWeightsSchema).max(1_000_000),
      aFunction<Extract<LossWeightsByEpoch, (epoch: number) => unknown>>("must be a list of weights, or a function"),
    ])
    .default([]),
  /** Default: every image once per epoch, shuffled. */
  sampler: object<TrainableSampler>("a Sampler", ["weights", "draw"]).optional(),
  /** Where config.json, metrics.jsonl and the checkpoints go; without it nothing is written. */
  runFolder: z.union([z.string().min(1), z.instanceof(RunFolder)]).optional(),
  /** Continue the run in runFolder; "auto" begins one where there is none. */
  resume: z.union([z.boolean(), z.literal("auto")]).default(false),
  /** Replace the run in runFolder. */
  overwrite: z.boolean().default(false),
});

export type TrainerOptions = z.input<typeof trainerOptionsSchema>;

export interface FitOptions {
  /** An abort finishes the step and writes the checkpoint before the call rejects with `signal.reason`. */
  signal?: AbortSignal;
  onEvent?: (event: TrainEvent) => void;
}

/** Trains a model (METHOD sections 4 to 9). Everything that can be checked is checked before the first step. */
export class Trainer implements Disposable {
  /** The configuration with all defaults; device and precision are the ones used. */
  readonly config: Readonly<TrainConfig>;
  #parts: RunParts;
  #prepared: Promise<PreparedRun> | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;
  /** Give the run folder back, for the loops that were begun. */
  readonly #loops = new Set<() => void>();

  /**
   * @throws ConfigError ACINUS_CONFIG; DataError ACINUS_EMPTY_SET, ACINUS_MISSING_MASK, ACINUS_LEAK, ACINUS_MIXED_SIZES,
   * ACINUS_IMAGE_TOO_SMALL; AcinusError ACINUS_DEVICE, ACINUS_RUN_EXISTS, ACINUS_NOT_A_RUN, ACINUS_FILE_EXISTS.
   */
  constructor(model: TrainableModel, options: TrainerOptions) {
    checkModel(model);
    const parsed = parseConfig(trainerOptionsSchema, options, "trainer");
    const { train, validation, sampler, runFolder, resume, overwrite, loss, ...rest } = parsed;
    const ownLoss = typeof loss === "function" ? new OwnLoss(loss) : undefined;
    const lossWeights = listOfWeights(rest.lossWeights, rest.epochs);
    if (typeof loss === "function") {
      if (lossWeights.length > 0) throw ownWeights("lossWeights");
    } else {
      lossWeights.forEach((some, epoch) => void weightsOver(loss, some, `lossWeights of epoch ${epoch}`));
    }
    const config: TrainConfig = { ...rest, lossWeights, loss: typeof loss === "function" ? "own" : loss };
    this.config = {
      ...config,
      ...resolveDevice(
        config,
        call(() => model[segmenterHandle].device()),
      ),
    };
    const folder = typeof runFolder === "string" ? new RunFolder(runFolder) : runFolder;
    this.#parts = { model, config: this.config, train, validation, sampler, ownLoss, folder, resume, overwrite };
    checkData(train, validation, this.config, model.config);
    if (resume === true) this.#folder().requireRun();
    else if (!overwrite && !(resume === "auto" && folder?.holdsRun)) folder?.requireNoRun();
  }

  /**
   * Trains to the last epoch. Called again after an abort, it goes on. Until it settles, nobody else can train into the run folder.
   * @throws AcinusError ACINUS_RUN_LOCKED when somebody else does, before any long work; TrainingError ACINUS_NOT_ENOUGH_MEMORY before the
   * first step; ACINUS_NOT_FINITE, ACINUS_OUT_OF_MEMORY; ACINUS_LOSS when a loss function fails; what `onEvent` throws.
   */
  async fit(options: FitOptions = {}): Promise<FitResult> {
    checkOptions(options, "options", ["signal", "onEvent"]);
    return this.#work((prepared) => this.#fit(prepared, options), options.signal);
  }

  async #fit({ native, log, differences }: PreparedRun, { signal, onEvent }: FitOptions): Promise<FitResult> {
    const broken = new AbortController(); // the listener or the log failed: training stops as after an abort
    const stop = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
    const listen = (event: TrainEvent) => {
      try {
        // A run that goes on after a kill has its start in the log already: sessions.jsonl tells of stops.
        if (event.type !== "start" || !event.resumed) log?.append(event);
        onEvent?.(event.type === "start" && differences.length > 0 ? { ...event, differences } : event);
      } catch (error) {
        broken.abort(error);
      }
    };
    // When it fails, no checkpoint is written: it would be ahead of the log.
    const flush = async () => {
      try {
        await log?.flush();
      } catch (error) {
        broken.abort(error);
        throw error;
      }
    };
    try {
      return await withLoss(this.#parts.ownLoss, (loss) => settle(() => native.fit(listen, flush, loss), stop));
    } finally {
      await log?.flush();
    }
  }

  /** The events of `fit` as they happen. Leaving the loop stops training cleanly; an abort throws after the last event. */
  run(options: { signal?: AbortSignal } = {}): AsyncGenerator<TrainEvent, FitResult, undefined> {
    checkOptions(options, "options", ["signal"]);
    return this.#run(options);
  }

  async *#run({ signal }: { signal?: AbortSignal }): AsyncGenerator<TrainEvent, FitResult, undefined> {
    const events: TrainEvent[] = [];
    const left = new AbortController();
    let wake = () => {};
    let over = false;
    const fitting = this.fit({
      signal: signal ? AbortSignal.any([signal, left.signal]) : left.signal,
      onEvent: (event) => {
        events.push(event);
        wake();
      },
    });
    const settled = fitting
      .catch(() => undefined)
      .then(() => {
        over = true;
        wake();
      });
    try {
      for (;;) {
        for (let event = events.shift(); event; event = events.shift()) yield event;
        if (over) return await fitting;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      left.abort();
      await settled;
    }
  }

  /** The single calls that `fit` is written with. Until the loop or the trainer is closed, nobody else can train into the run folder. */
  async begin(options: { signal?: AbortSignal } = {}): Promise<TrainingLoop> {
    checkOptions(options, "options", ["signal"]);
    const { prepared, release } = await this.#ready(options.signal);
    const { native, log, position } = prepared;
    this.#loops.add(release);
    const work = async <T>(body: () => Promise<T>) => {
      if (this.#closed) throw closed("trainer");
      return this.#awaited(body());
    };
    const { folder, ownLoss } = this.#parts;
    return new TrainingLoop({ native, config: this.config, folder, ownLoss, log, position, release, work });
  }

  /**
   * Restores weights and state of the run folder's last checkpoint, or of another one; `fit`, `run` and `begin` then go on from there.
   * @throws CheckpointError ACINUS_CHECKPOINT; ConfigError ACINUS_CONFIG when the settings are not the run's.
   */
  async resume(file?: string, options: { signal?: AbortSignal } = {}): Promise<RunPosition> {
    if (file !== undefined) checkPath(file, "file");
    checkOptions(options, "options", ["signal"]);
    const { signal } = options;
    const begins = file === undefined && this.#prepared === undefined;
    if (begins) {
      this.#folder().requireRun();
      this.#parts = { ...this.#parts, resume: true };
    }
    return this.#work(async (prepared) => {
      if (!begins) prepared.position = await settle(() => prepared.native.resume(file ?? this.#folder().last), signal);
      return prepared.position;
    }, signal);
  }

  /** What a training step on a batch is estimated to take on a CPU at its peak, bytes, weights and moments included; null on a GPU. */
  async stepMemory(options: { signal?: AbortSignal } = {}): Promise<number | null> {
    checkOptions(options, "options", ["signal"]);
    const { signal } = options;
    if (this.config.device !== "cpu") return null;
    const { height, width } = stepSize(this.#parts.train, this.config);
    return this.#work(({ native }) => settle(() => native.estimateMemory(height, width), signal), signal);
  }

  /** What the same seed, settings and data still do not promise, a sentence each. */
  get limits(): readonly string[] {
    return limits(this.config);
  }

  /**
   * Frees the optimizer's state, the log, and the run folder for others, once running work has ended: a running `fit`, or call of a loop, goes on
   * to its end (abort it with its signal), and what is called later is refused.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running.size === 0) this.#free();
    else void Promise.allSettled(this.#running).then(() => this.#free());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Runs a piece of work that holds the run folder, and that `close` waits for. */
  #work<T>(body: (prepared: PreparedRun) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const held = async () => {
      const { prepared, release } = await this.#ready(signal);
      try {
        return await body(prepared);
      } finally {
        release();
      }
    };
    return this.#awaited(held());
  }

  async #awaited<T>(working: Promise<T>): Promise<T> {
    this.#running.add(working);
    try {
      return await working;
    } finally {
      this.#running.delete(working);
    }
  }

  #free(): void {
    for (const release of this.#loops) release();
    void this.#prepared?.then(freed, () => undefined);
  }

  #folder(): RunFolder {
    if (this.#parts.folder) return this.#parts.folder;
    throw new ConfigError("ACINUS_CONFIG", "There is no run to resume.", { fix: "Give the trainer the runFolder of the run." });
  }

  /** Holds the run folder for the caller, who releases it, and prepares everything at the first call. */
  async #ready(signal?: AbortSignal): Promise<{ prepared: PreparedRun; release: () => void }> {
    if (this.#closed) throw closed("trainer");
    signal?.throwIfAborted();
    const release = (await this.#parts.folder?.hold()) ?? (() => undefined);
    try {
      this.#prepared ??= prepareRun(this.#parts, signal).catch((error) => {
        this.#prepared = undefined; // after an abort, or with more memory free, the next call may succeed
        throw error;
      });
      return { prepared: await this.#prepared, release };
    } catch (error) {
      release();
      throw error;
    }
  }
}

function freed({ native, log }: PreparedRun): Promise<void> | undefined {
  native.close();
  return log?.close();
}

function ownWeights(option: string): ConfigError {
  return new ConfigError("ACINUS_CONFIG", `${option} weighs the terms of the built-in loss, but the loss is a function.`, {
    fix: "Weigh the terms in the function; it is told the epoch.",
  });
}
