/** The training loop. */
import type { Job } from "./basics.js";
import type { EpochEvent, FitResult, LossTerms, StepResult, TrainEvent, ValidationScores } from "./events.js";

/** Where a run stands: epochs completed, batches of the next epoch already done, batches done in all. */
export interface RunPosition {
  /** Epochs completed. */
  epoch: number;
  /** Batches of the next epoch that are done. */
  batch: number;
  /** Batches done in all. */
  step: number;
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
  endEpoch(onEvent: (event: TrainEvent) => void, settle: () => Promise<void>, own: NativeOwnFunctions): Job<EpochEvent | null>;
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
