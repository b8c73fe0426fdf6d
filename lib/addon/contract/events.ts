/** What a training tells: its steps, its events and its end. */

/** The terms of a loss by their names, before their weights. A term whose weight is 0 is not computed and not here. */
export type LossTerms = Readonly<Record<string, number>>;

/** One training step on one batch. */
export interface StepResult {
  /** Counts batches from 0 over the whole run. */
  step: number;
  /** From 0. */
  epoch: number;
  /** The batch's loss, without unit, at least 0 with the built-in terms but `boundary`. */
  loss: number;
  /** The terms of the loss by their names, before their weights. */
  terms: LossTerms;
  /** Global norm before clipping; null on a batch that only accumulates. */
  gradientNorm: number | null;
  /** The learning rate of the optimizer step that the batch is part of. */
  learningRate: number;
  /** Whether the optimizer step was left out, because a loss or gradient is not finite. */
  skipped: boolean;
  /** The weight of each term, where the weights are not those of the step before; of the first step, not those of `loss`. */
  lossWeights?: LossTerms;
}

/** Scores of a validation, under the names that an evaluation gives them too. All but `loss` are shares, 0 to 1. */
export interface ValidationScores {
  /** Mean of the Dice of each image, 0 to 1; an empty prediction on an empty truth scores 1. */
  dicePerImage: number;
  /** Mean of the Dice of each image that has cells, 0 to 1. */
  diceWithCells: number;
  /** Dice over the pixels of all images together, 0 to 1. */
  diceMicro: number;
  /** Intersection over union over the pixels of all images together, 0 to 1. */
  iouMicro: number;
  /** Precision over the pixels of all images together, 0 to 1. */
  precisionMicro: number;
  /** Recall over the pixels of all images together, 0 to 1. */
  recallMicro: number;
  /** The training's loss on the validation images, a mean over images, without unit. */
  loss: number;
}

/** The events of a training run, a discriminated union. Times are in seconds since the run's start. */
export type TrainEvent =
  | StartEvent
  | StepEvent
  | EpochEvent
  | OutlierEvent
  | SkippedStepEvent
  | RollbackEvent
  | StatisticsEvent
  | CheckpointEvent
  | EndEvent;

/** The training begins, or goes on. */
export interface StartEvent {
  type: "start";
  /** The epoch that begins, from 0. */
  epoch: number;
  /** Epochs of the whole run. */
  epochs: number;
  /** Batches of an epoch. */
  stepsPerEpoch: number;
  /** Batches of the whole run. */
  totalSteps: number;
  /** Training images. */
  images: number;
  /** Whether it goes on with a run that stopped. */
  resumed: boolean;
  /** Of a resumed run: what has changed since the stop, a phrase each. Added by lib. */
  differences?: readonly string[];
}

/** A batch is done. */
export interface StepEvent extends StepResult {
  type: "step";
  /** Seconds since the run's start. */
  time: number;
}

/** An epoch is done, and judged where it was due. */
export interface EpochEvent {
  type: "epoch";
  /** From 0. */
  epoch: number;
  /** Mean loss of the epoch's batches. */
  loss: number;
  /** Means over the epoch's batches, as `loss` is; before their weights. */
  terms: LossTerms;
  /** How long the epoch took, its validation included. */
  seconds: number;
  /** The learning rate of its last step. */
  learningRate: number;
  /** Optimizer steps that were left out, because a loss or gradient was not finite. */
  skippedSteps: number;
  /** Null when this epoch was not validated. */
  validation: ValidationScores | null;
  /** Bias-corrected moving averages of the validation scores (see `monitor.emaDecay`); null when this epoch was not validated. */
  ema: ValidationScores | null;
  /** Whether it is the best epoch so far. */
  best: boolean;
}

/** A validation score that lies far below the last accepted ones. */
export interface OutlierEvent {
  type: "outlier";
  /** From 0. */
  epoch: number;
  /** The name of the score: `monitor.metric`. */
  metric: string;
  /** The score. */
  value: number;
  /** Median of the last accepted scores. */
  median: number;
  /** How far from the median an accepted score may lie. */
  limit: number;
  /** Whether it counts after all, being the last of several that agree: a new level. */
  accepted: boolean;
}

/** An optimizer step was left out. */
export interface SkippedStepEvent {
  type: "skippedStep";
  /** From 0. */
  epoch: number;
  /** Counts batches from 0 over the whole run. */
  step: number;
  /** What was not finite. */
  reason: "loss" | "gradient";
  /** How many were left out in a row, this one included. */
  inARow: number;
}

/** After a collapse the last good weights were restored. */
export interface RollbackEvent {
  type: "rollback";
  /** The epoch of the collapse, from 0. */
  epoch: number;
  /** The score of the collapse. */
  from: number;
  /** The score of the weights that were restored. */
  to: number;
}

/**
 * Validation lost much more than training, and BatchNorm's running statistics explain at least half of that. Weights and images of both losses
 * are the same.
 */
export interface StatisticsEvent {
  type: "statistics";
  /** From 0. */
  epoch: number;
  /** Training images that were looked at. */
  images: number;
  /** Their mean loss with each batch's own statistics. */
  batchLoss: number;
  /** Their mean loss with the running statistics. */
  runningLoss: number;
}

/** A checkpoint was written. */
export interface CheckpointEvent {
  type: "checkpoint";
  /** From 0. */
  epoch: number;
  /** Of the file. */
  path: string;
  /** The best epoch's, the last state, or one that was asked for by name. */
  kind: "best" | "last" | "named";
}

/** The training has ended. */
export interface EndEvent {
  type: "end";
  /** Why, see `FitResult`. */
  reason: EndReason;
  /** Epochs completed. */
  epoch: number;
  /** The best epoch; null when no validation was accepted. */
  best: BestEpoch | null;
  /** How long the training worked. */
  seconds: number;
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

/** How a training ended. */
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
  /** How long the training worked. */
  seconds: number;
}
