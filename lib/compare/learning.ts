/** What a run's log tells of its training. */
import type { TrainEvent, ValidationScores } from "../addon/contract.js";

export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Of training so far. */
  readonly minutes: number;
  /** Mean training loss of the epoch. */
  readonly loss: number;
  /** Mean of the Dice of images with cells and the micro Dice, by which the best epoch is chosen; null where not validated. */
  readonly dice: number | null;
}

export interface Learning {
  readonly epochs: readonly EpochRecord[];
  readonly minutes: number;
  /** From 1; null where no epoch was accepted. */
  readonly bestEpoch: number | null;
  readonly skippedSteps: number;
  readonly outliers: number;
  /** Epochs whose Dice is below half of the best before them. */
  readonly collapses: number;
  /** Standard deviation of the Dice from one epoch to the next, over the second half of the training. */
  readonly jitter: number;
}

/** @param events of metrics.jsonl, in order. */
export function learningOf(events: readonly TrainEvent[]): Learning {
  let seconds = 0;
  const epochs: EpochRecord[] = [];
  for (const event of events) {
    if (event.type !== "epoch") continue;
    seconds += event.seconds;
    const dice = event.validation ? combined(event.validation) : null;
    epochs.push({ epoch: event.epoch + 1, minutes: seconds / 60, loss: event.loss, dice });
  }
  const end = events.findLast((event) => event.type === "end");
  const values = epochs.flatMap(({ dice }) => (dice === null ? [] : [dice]));
  const count = (type: TrainEvent["type"]) => events.filter((event) => event.type === type).length;
  return {
    ...{ epochs, minutes: seconds / 60, skippedSteps: count("skippedStep"), outliers: count("outlier") },
    bestEpoch: end?.type === "end" && end.best ? end.best.epoch + 1 : null,
    ...{ collapses: collapses(values), jitter: jitter(values) },
  };
}

/** The logs of trainings that follow one another as one: epochs count on. */
export function oneAfterTheOther(logs: readonly (readonly TrainEvent[])[]): TrainEvent[] {
  let before = 0;
  return logs.flatMap((events) => {
    const shifted = events.map((event): TrainEvent => {
      if (event.type === "epoch") return { ...event, epoch: before + event.epoch };
      if (event.type === "end" && event.best) return { ...event, best: { ...event.best, epoch: before + event.best.epoch } };
      return event;
    });
    before += events.filter(({ type }) => type === "epoch").length;
    return shifted;
  });
}

/** Whether the log is that of a training that came to its end. */
export function isFinished(events: readonly TrainEvent[]): boolean {
  const at = events.findLastIndex((event) => event.type === "end");
  const last = events[at];
  return last?.type === "end" && last.reason === "finished" && !events.slice(at).some(({ type }) => type === "step");
}

function combined({ diceWithCells, diceMicro }: ValidationScores): number | null {
  const value = (diceWithCells + diceMicro) / 2;
  return Number.isFinite(value) ? value : null; // numbers that are not finite are null in the log
}

function collapses(values: readonly number[]): number {
  let [best, count] = [0, 0];
  for (const value of values) {
    if (value < best / 2) count++;
    best = Math.max(best, value);
  }
  return count;
}

function jitter(values: readonly number[]): number {
  const late = values.slice(Math.floor(values.length / 2));
  const changes = late.slice(1).map((value, i) => value - (late[i] as number));
  if (changes.length === 0) return 0;
  return Math.sqrt(changes.reduce((sum, change) => sum + change * change, 0) / changes.length);
}
