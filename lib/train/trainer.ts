import type { EndReason, FitResult, RunPosition, TrainEvent } from "../addon/contract.js";
import { checkModel, segmenterHandle } from "../addon/handles.js";
import { call, closed, settle } from "../addon/job.js";
import { memoryAdvice } from "../config/memory-advice.js";
import { parseConfig } from "../config/parse.js";
import type { TrainConfig } from "../config/train.js";
import type { TrainableSampler } from "../dataset/types.js";
import { AcinusError, ConfigError } from "../errors.js";
import { RunFolder } from "../run/run-folder.js";
import { check, checkOptions, checkPath, indicesOf } from "../system/arguments.js";
import { chooseAfter, type TrainingResult } from "./choose-after.js";
import { limits } from "./deterministic.js";
import { listOfRates } from "./learning-rates.js";
import { listOfWeights, weightsOver } from "./loss-weights.js";
import { drawsItself, OwnFunctions } from "./own-functions.js";
import { checkData, resolveDevice, stepSize } from "./trainer-checks.js";
import { type TrainerOptions, trainerOptionsSchema } from "./trainer-options.js";
import { type PreparedRun, prepareRun, type RunParts, type TrainableModel } from "./trainer-setup.js";
import { TrainingLoop } from "./training-loop.js";

export type { TrainerOptions };

export interface FitOptions {
  /** An abort finishes the step and writes the checkpoint before the call rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told each event. What it throws, or a promise of it that is rejected, stops the training, and the call rejects with that error. */
  onEvent?: (event: TrainEvent) => unknown;
  /**
   * After the training, choose threshold and separation by object F1 on the validation images (`chooseCells`), as `acinus train` does: the model
   * takes them (`model.cells`), its checkpoint carries them, and the result has them as `cells`. Not after an abort. Default false.
   */
  chooseCells?: boolean;
}

/** Trains a model. Everything that can be checked is checked before the first step. */
export class Trainer implements Disposable {
  /** The configuration with all defaults; device and precision are the ones used. */
  readonly config: TrainConfig;
  #parts: RunParts;
  #prepared: Promise<PreparedRun> | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;
  /** Why `fit` ended before the last epoch and put the best weights into the model. */
  #ended: EndReason | undefined;
  /** Give the run folder back, for the loops that were begun. */
  readonly #loops = new Set<() => void>();

  /**
   * @throws ConfigError ACINUS_CONFIG; DataError ACINUS_EMPTY_SET, ACINUS_MISSING_MASK, ACINUS_LEAK, ACINUS_MIXED_SIZES,
   * ACINUS_IMAGE_TOO_SMALL; AcinusError ACINUS_DEVICE, ACINUS_RUN_EXISTS, ACINUS_NOT_A_RUN, ACINUS_FILE_EXISTS.
   */
  constructor(model: TrainableModel, options: TrainerOptions) {
    checkModel(model);
    const parsed = parseConfig(trainerOptionsSchema, options, "trainer");
    const { train, validation, sampler, runFolder, resume, overwrite, loss, transform, ...rest } = parsed;
    const own = new OwnFunctions(typeof loss === "function" ? loss : undefined, sampler, transform);
    const lossWeights = listOfWeights(rest.lossWeights, rest.epochs);
    if (typeof loss === "function") {
      if (lossWeights.length > 0) throw ownWeights("lossWeights");
    } else {
      lossWeights.forEach((some, epoch) => void weightsOver(loss, some, `lossWeights of epoch ${epoch}`));
    }
    const draws = drawsItself(sampler) ? drawn(sampler) : train.length;
    const learningRates = listOfRates(rest.learningRates, optimizerSteps(draws, rest));
    const config: TrainConfig = {
      ...rest,
      ...{ lossWeights, learningRates },
      loss: typeof loss === "function" ? "own" : loss,
    };
    this.config = {
      ...config,
      ...resolveDevice(
        config,
        call(() => model[segmenterHandle].device()),
      ),
    };
    const folder = typeof runFolder === "string" ? new RunFolder(runFolder) : runFolder;
    this.#parts = { model, config: this.config, train, validation, sampler, draws, own, folder, resume, overwrite };
    checkData(train, validation, this.config, model.config);
    if (resume === true) this.#folder().requireRun();
    else if (!overwrite && !(resume === "auto" && folder?.holdsRun)) folder?.requireNoRun();
  }

  /**
   * Trains to the last epoch. Called again after an abort, it goes on. Until it settles, nobody else can train into the run folder.
   * @throws AcinusError ACINUS_RUN_LOCKED when somebody else does, before any long work; TrainingError ACINUS_NOT_ENOUGH_MEMORY before the
   * first step; ACINUS_NOT_FINITE, ACINUS_OUT_OF_MEMORY; ACINUS_LOSS when a loss function fails; what `onEvent` throws.
   */
  async fit(options: FitOptions = {}): Promise<TrainingResult> {
    checkOptions(options, "options", ["signal", "onEvent", "chooseCells"]);
    const { chooseCells = false } = options;
    check(typeof chooseCells === "boolean", chooseCells, "options.chooseCells", "true or false");
    if (this.#ended) throw endedBefore(this.#ended);
    const result = await this.#work(async (prepared): Promise<TrainingResult> => {
      const fitted = await this.#fit(prepared, options);
      return chooseCells ? { ...fitted, cells: await chooseAfter(this.#parts, fitted, options.signal) } : fitted;
    }, options.signal);
    // The best weights are in the model: to go on from them would be another training.
    if (result.reason !== "finished" && result.reason !== "stopped" && this.config.restoreBest) this.#ended = result.reason;
    return result;
  }

  async #fit({ native, log, differences }: PreparedRun, { signal, onEvent }: FitOptions): Promise<FitResult> {
    const broken = new AbortController(); // the listener or the log failed: training stops as after an abort
    const stop = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
    const listen = (event: TrainEvent) => {
      try {
        // A run that goes on after a kill has its start in the log already: sessions.jsonl tells of stops.
        if (event.type !== "start" || !event.resumed) log?.append(event);
        const answer: unknown = onEvent?.(event.type === "start" && differences.length > 0 ? { ...event, differences } : event);
        // A listener may be async: its failure stops the training as one that is thrown does.
        if (answer instanceof Promise) answer.catch((error: unknown) => broken.abort(error));
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
      return await this.#parts.own.within((own) => settle(() => native.fit(listen, flush, own), stop, memoryAdvice.train));
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
    const { folder, own } = this.#parts;
    return new TrainingLoop({ native, config: this.config, folder, own, log, position, release, work });
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

/** How many images a sampler of one's own draws for an epoch. */
function drawn(sampler: TrainableSampler): number {
  const { length } = indicesOf(sampler.draw(0), "what the sampler draws for epoch 0");
  if (length > 0) return length;
  throw new ConfigError("ACINUS_CONFIG", "The sampler draws no image for epoch 0.", {
    fix: "Let draw(epoch) give at least one.",
  });
}

function optimizerSteps(
  draws: number,
  { epochs, batch, accumulation }: Pick<TrainConfig, "epochs" | "batch" | "accumulation">,
) {
  return epochs * Math.ceil(Math.ceil(draws / batch) / accumulation);
}

function endedBefore(reason: EndReason): AcinusError {
  const message = `This training has ended (${reason}), and the model holds its best weights.`;
  return new AcinusError("ACINUS_INVALID_ARGUMENT", message, {
    value: reason,
    fix: "To go on with it, make a trainer with its runFolder and resume: true; or train with restoreBest: false.",
  });
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
