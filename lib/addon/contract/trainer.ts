/** The training loop and its events. */
import type { Job } from "./basics.js";

/** The terms of a loss by their names, before their weights. A term whose weight is 0 is not computed and not here. */
export type LossTerms = Readonly<Record<string, number>>;

export interface StepResult {
  /** Counts batches from 0 over the whole run. */
  step: number;
  epoch: number;
  loss: number;
  terms: LossTerms;
  /** Global norm before clipping; null on a batch that only accumulates. */
  gradientNorm: number | null;
  learningRate: number;
  skipped: boolean;
  /** The weight of each term, where the weights are not those of the step before; of the first step, not those of `loss`. */
  lossWeights?: LossTerms;
}

export interface ValidationScores {
  dice: number; // per-image mean over all images
  diceWithCells: number;
  diceMicro: number;
  iouMicro: number;
  precisionMicro: number;
  recallMicro: number;
  loss: number;
}

/** The events of a training run, a discriminated union. Times are in seconds since the run's start. */
export type TrainEvent =
  | {
      type: "start";
      epoch: number;
      epochs: number;
      stepsPerEpoch: number;
      totalSteps: number;
      images: number;
      resumed: boolean;
      /** Of a resumed run: what has changed since the stop, a phrase each. Added by lib. */
      differences?: readonly string[];
    }
  | ({ type: "step"; time: number } & StepResult)
  | {
      type: "epoch";
      epoch: number;
      loss: number;
      /** Means over the epoch's batches, as `loss` is; before their weights. */
      terms: LossTerms;
      seconds: number;
      learningRate: number;
      skippedSteps: number;
      /** Null when this epoch was not validated. */
      validation: ValidationScores | null;
      ema: ValidationScores | null;
      best: boolean;
    }
  | { type: "outlier"; epoch: number; metric: string; value: number; median: number; limit: number; accepted: boolean }
  | { type: "skippedStep"; epoch: number; step: number; reason: "loss" | "gradient"; inARow: number }
  | { type: "rollback"; epoch: number; from: number; to: number }
  /**
   * Validation lost much more than training, and BatchNorm's running statistics explain at least half of that: the mean loss of training
   * images with each batch's own statistics, and with the running ones. Weights and images are the same.
   */
  | { type: "statistics"; epoch: number; images: number; batchLoss: number; runningLoss: number }
  | { type: "checkpoint"; epoch: number; path: string; kind: "best" | "last" | "named" }
  | { type: "end"; reason: EndReason; epoch: number; best: BestEpoch | null; seconds: number };

/** Where a run stands: epochs completed, batches of the next epoch already done, batches done in all. */
export interface RunPosition {
  epoch: number;
  batch: number;
  step: number;
}

/** Why a training ended, see `FitResult`. */
export type EndReason = "finished" | "stopped" | "patience" | "minutes" | "stopFile";

/** The best epoch of a run: `monitor.metric` says what it is chosen by. */
export interface BestEpoch {
  /** From 0. */
  epoch: number;
  /** Its own scores. Null only where the run began with a version that did not keep them. */
  validation: ValidationScores | null;
  /** Average of the selection metric at this epoch: what it was chosen by. */
  average: number;
  /** Path of its checkpoint; null without a run folder. */
  checkpoint: string | null;
}

export interface FitResult {
  /**
   * Why it ended. "finished": the last epoch is done. "stopped": by its signal. "patience": no epoch was better for so long. "minutes": the time
   * was up. "stopFile": the file was there.
   */
  reason: EndReason;
  /** Epochs completed. */
  epoch: number;
  /** Null when no validation was accepted. */
  best: BestEpoch | null;
  seconds: number;
}

/** What a loss of one's own answers; a gradient of no logits is null. */
export interface NativeLossAnswer {
  readonly value: number;
  readonly terms: LossTerms;
  readonly gradient: Float32Array | null;
}

/** A loss of one's own. When it rejects, the step or validation that asked fails with ACINUS_LOSS and has not happened. */
export type NativeLossFunction = (
  logits: Float32Array,
  target: Float32Array,
  shape: readonly number[],
  epoch: number,
  training: boolean,
) => Promise<NativeLossAnswer>;

/** Indices into the train set's own order for an epoch. When it rejects, the work that asked fails with ACINUS_SAMPLER. */
export type NativeOrderFunction = (epoch: number) => Promise<Int32Array>;

/** Changes the images of a batch before they are augmented: B·H·W·3 interleaved bytes, and masks of B·H·W bytes. Fails with ACINUS_TRANSFORM. */
export type NativeTransformFunction = (
  pixels: Uint8Array,
  masks: Uint8Array,
  shape: readonly number[],
  epoch: number,
  samples: readonly number[],
) => Promise<{ pixels: Uint8Array; masks: Uint8Array }>;

/** Functions of a script in place of what is built in; null: what is built in. */
export interface NativeOwnFunctions {
  readonly loss: NativeLossFunction | null;
  readonly order: NativeOrderFunction | null;
  readonly transform: NativeTransformFunction | null;
}

/**
 * The training loop (core/train/trainer.h). `fit` is written with `step` and `endEpoch`. Functions that are not null take the
 * place of what the options describe.
 */
export interface NativeTrainer {
  /** Makes the optimizer, once the network is free; before it no other call works. */
  build(): Job<void>;
  /** Waits for `settle` before it writes the last checkpoint: everything reported so far should then be on disk. */
  fit(onEvent: (event: TrainEvent) => void, settle: () => Promise<void>, own: NativeOwnFunctions): Job<FitResult>;
  /** Validates where it is due, judges, reports as `fit` does, writes checkpoints, and moves on to the next epoch. Null where a stop cut it short. */
  endEpoch(
    onEvent: (event: TrainEvent) => void,
    settle: () => Promise<void>,
    own: NativeOwnFunctions,
  ): Job<Extract<TrainEvent, { type: "epoch" }> | null>;
  /** Indices into the train set's own order (0 … trainIndices.length − 1). */
  step(indices: Int32Array, epoch: number, own: NativeOwnFunctions): Job<StepResult>;
  validate(own: NativeOwnFunctions): Job<ValidationScores>;
  /** Replaces the running statistics of the network (core/train/trainer.h). */
  measureStatistics(own: NativeOwnFunctions): Job<void>;
  /** Of every term, from the next step on. */
  setLossWeights(weights: Readonly<Record<string, number>>): void;
  /** Of every term, as the next step takes them. */
  lossWeights(): Record<string, number>;
  /** Weights and, beside them, the state that resume needs. */
  checkpoint(path: string): Job<void>;
  /** Restores weights and state; afterwards fit() continues. */
  resume(path: string): Job<RunPosition>;
  /** Estimated peak bytes of one training step at this batch and size. */
  estimateMemory(height: number, width: number): Job<number>;
  close(): void;
}
