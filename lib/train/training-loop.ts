import type { NativeTrainer, RunPosition, StepResult, TrainEvent, ValidationScores } from "../addon/contract.js";
import { call, closed, settle } from "../addon/job.js";
import { type LossWeights, lossWeightsSchema, type SomeLossWeights } from "../config/loss.js";
import { memoryAdvice } from "../config/memory-advice.js";
import { parseConfig } from "../config/parse.js";
import type { TrainConfig } from "../config/train.js";
import { AcinusError, ConfigError } from "../errors.js";
import type { EventLog } from "../run/event-log.js";
import { mayHoldCheckpoint } from "../run/inspect.js";
import type { RunFolder } from "../run/run-folder.js";
import { checkObject, checkOptions, checkText, indicesOf } from "../system/arguments.js";
import { checkWhole } from "../system/arrays.js";
import { weightsOver } from "./loss-weights.js";
import type { OwnFunctions } from "./own-functions.js";

/** The images of one training step, as indices into the train set. */
export interface TrainingBatch {
  /** From 0. */
  readonly epoch: number;
  /** Indices into the training set. */
  readonly indices: Int32Array;
}

/** The parts of a trainer that a loop uses. */
export interface LoopParts {
  readonly native: NativeTrainer;
  readonly config: TrainConfig;
  readonly folder: RunFolder | undefined;
  readonly own: OwnFunctions;
  readonly log: EventLog | undefined;
  readonly position: RunPosition;
  /** Gives the run folder back. */
  readonly release: () => void;
  /** Runs work of the loop so that its trainer's `close` waits for it; refuses when that is closed. */
  readonly work: <T>(body: () => Promise<T>) => Promise<T>;
}

/** The calls that `fit()` is written with, one by one. Made by `Trainer.begin()`. */
export class TrainingLoop implements Disposable {
  /** The configuration with all defaults. */
  readonly config: TrainConfig;
  readonly #parts: LoopParts;
  readonly #start = performance.now();
  #nextEpoch: number;
  #done: number;
  #closed = false;

  constructor(parts: LoopParts) {
    this.config = parts.config;
    this.#parts = parts;
    this.#nextEpoch = parts.position.epoch;
    this.#done = parts.position.batch;
  }

  /**
   * Cuts an epoch's order into batches. Each call is the next epoch, unless `epoch` says otherwise; augmentation and schedule depend on it. The
   * first call after a resume in mid-epoch leaves out the batches already done.
   */
  batches(order: Iterable<number>, epoch = this.#nextEpoch): Generator<TrainingBatch, void, undefined> {
    checkWhole(epoch, "epoch");
    return this.#batches(indicesOf(order, "order"), epoch);
  }

  *#batches(order: readonly number[], epoch: number): Generator<TrainingBatch, void, undefined> {
    this.#nextEpoch = epoch + 1;
    const indices = Int32Array.from(order);
    const begin = epoch === this.#parts.position.epoch ? this.#done * this.config.batch : 0;
    this.#done = 0;
    for (let at = begin; at < indices.length; at += this.config.batch) {
      yield { epoch, indices: indices.slice(at, at + this.config.batch) };
    }
  }

  /**
   * Forward, backward and, when an accumulation is complete, the optimizer step. An incomplete accumulation is closed by the last batch of an
   * epoch (⌈images / batch⌉ of them).
   * @throws TrainingError ACINUS_NOT_FINITE after too many skipped steps in a row; ACINUS_LOSS when a loss function fails, and the step
   * has then not happened.
   */
  async step(batch: TrainingBatch, options: { signal?: AbortSignal } = {}): Promise<StepResult> {
    checkObject(batch, "batch", "{ epoch, indices }, as batches() gives them", ["epoch", "indices"]);
    checkOptions(options, "options", ["signal"]);
    const { signal } = options;
    const { native, log, own, work } = this.#open();
    return work(async () => {
      const { indices, epoch } = batch;
      const result = await own.within((functions) =>
        settle(() => native.step(indices, epoch, functions), signal, memoryAdvice.train),
      );
      log?.append({ type: "step", time: (performance.now() - this.#start) / 1000, ...result });
      return result;
    });
  }

  /** Scores on the validation set, without average and outlier test; the log holds them as a `validation`. `endEpoch` judges them too. */
  async validate(options: { signal?: AbortSignal } = {}): Promise<ValidationScores> {
    checkOptions(options, "options", ["signal"]);
    const { native, own, log, work } = this.#open();
    return work(async () => {
      const scores = await own.within((functions) =>
        settle(() => native.validate(functions), options.signal, memoryAdvice.train),
      );
      log?.append({ type: "validation", epoch: this.#nextEpoch - 1, ...scores });
      return scores;
    });
  }

  /**
   * Ends an epoch as `fit` does: validates where `monitor.every` says so, averages, tests for outliers, keeps the best epoch's checkpoint and the
   * last one, and logs all of it. The run folder can then be evaluated, and resumed. Returns what the log holds of the epoch.
   * @throws as `step`; what `onEvent` throws.
   */
  async endEpoch(
    options: { signal?: AbortSignal; onEvent?: (event: TrainEvent) => void } = {},
  ): Promise<Extract<TrainEvent, { type: "epoch" }>> {
    checkOptions(options, "options", ["signal", "onEvent"]);
    const { signal, onEvent } = options;
    const { native, own, log, work } = this.#open();
    return work(async () => {
      const broken = new AbortController();
      const stop = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
      const listen = (event: TrainEvent) => {
        try {
          log?.append(event);
          onEvent?.(event);
        } catch (error) {
          broken.abort(error);
        }
      };
      const flush = async () => log?.flush();
      const ended = await own.within((functions) =>
        settle(() => native.endEpoch(listen, flush, functions), stop, memoryAdvice.train),
      );
      await log?.flush();
      return ended as Extract<TrainEvent, { type: "epoch" }>; // null only after an abort, which has thrown
    });
  }

  /**
   * Measures BatchNorm's running statistics anew for the weights as they are: the mean over at most 64 batches of the epoch at hand, drawn and
   * augmented as for training. For weights that were averaged or changed by hand. `validate` does it by itself with `monitor.weightEma`.
   */
  async measureStatistics(options: { signal?: AbortSignal } = {}): Promise<void> {
    checkOptions(options, "options", ["signal"]);
    const { native, own, work } = this.#open();
    await work(() =>
      own.within((functions) => settle(() => native.measureStatistics(functions), options.signal, memoryAdvice.train)),
    );
  }

  /**
   * Gives terms of the loss other weights, from the next step on; terms that are not named keep theirs. A checkpoint holds the weights, and
   * the next step tells them in `lossWeights`.
   * @throws ConfigError ACINUS_CONFIG beside a loss of one's own or weights by epoch, and when no term has a weight above 0.
   */
  setLossWeights(weights: SomeLossWeights): void {
    const { native, config } = this.#open();
    const some = parseConfig(lossWeightsSchema, weights, "weights");
    const beside = config.loss === "own" ? "a loss of its own" : "lossWeights by epoch";
    if (config.loss === "own" || config.lossWeights.length > 0) {
      throw new ConfigError("ACINUS_CONFIG", `The trainer has ${beside}, which no other weights can change.`, { value: some });
    }
    call(() => native.setLossWeights(weightsOver(native.lossWeights() as LossWeights, some, "setLossWeights")));
  }

  /**
   * Writes `checkpoint-NAME.safetensors` into the run folder and, beside it, the state that resuming needs. Returns its path.
   * @throws ConfigError ACINUS_CONFIG without a run folder; AcinusError ACINUS_FILE_EXISTS over a file that is no checkpoint.
   */
  async checkpoint(name: string): Promise<string> {
    checkText(name, "name");
    const { native, folder, log, work } = this.#open();
    if (!folder) {
      throw new ConfigError("ACINUS_CONFIG", "There is no folder for the checkpoint.", {
        fix: "Give the trainer a runFolder.",
      });
    }
    if (!/^[\w.-]+$/.test(name)) {
      throw new ConfigError("ACINUS_CONFIG", `A checkpoint cannot be named ${JSON.stringify(name)}.`, {
        value: name,
        fix: "Use letters, digits, points, dashes and underscores.",
      });
    }
    const path = folder.checkpoint(name);
    if (!mayHoldCheckpoint(path)) {
      throw new AcinusError("ACINUS_FILE_EXISTS", `${path} is there already, and it is no checkpoint.`, {
        file: path,
        fix: "Give the checkpoint another name, or move that file away.",
      });
    }
    return work(async () => {
      await log?.flush(); // a checkpoint must not be ahead of the log
      await settle(() => native.checkpoint(path));
      log?.append({ type: "checkpoint", epoch: this.#nextEpoch, path, kind: "named" });
      await log?.flush();
      return path;
    });
  }

  /** Ends the loop and frees the run folder for others; trainer and model stay usable. */
  close(): void {
    if (!this.#closed) this.#parts.release();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): LoopParts {
    if (this.#closed) throw closed("training loop");
    return this.#parts;
  }
}
