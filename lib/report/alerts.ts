/** What of a run asks for a second look, in words. */
import type { TrainEvent } from "../addon/contract.js";
import { isFinished, learningOf } from "../compare/learning.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import type { RunRecord } from "./run-record.js";

export interface Alert {
  readonly kind: "loss" | "collapse" | "apart" | "statistics" | "empty" | "best" | "unfinished" | "data";
  /** "bad": the scores or the weights are of no use, or of less than they seem. */
  readonly level: "bad" | "note";
  readonly text: string;
}

/** Dice over all pixels below which a network has learnt nothing. */
const nothing = 0.01;
/** The loss of validation images is apart from that of training images from this quotient and this difference on. */
const apart = { quotient: 1.5, difference: 0.1 };

type Epoch = Extract<TrainEvent, { type: "epoch" }>;

/** @param notes what is to be known of the data that was scored. */
export function alertsOf({ events, config }: RunRecord, evaluation: Evaluation | undefined, notes: readonly string[]): Alert[] {
  const epochs = events.filter((event): event is Epoch => event.type === "epoch");
  return [
    ...ending(events, epochs, config.train.epochs),
    ...losses(events, epochs),
    ...collapses(events),
    ...gap(epochs),
    ...statistics(events),
    ...emptiness(epochs, evaluation),
    ...notes.map((text): Alert => ({ kind: "data", level: "note", text })),
  ];
}

function ending(events: readonly TrainEvent[], epochs: readonly Epoch[], wanted: number): Alert[] {
  const found: Alert[] = [];
  if (!isFinished(events)) {
    found.push({
      kind: "unfinished",
      level: "note",
      text: `The training has not come to its end: ${epochs.length} of ${wanted} epochs are done.`,
    });
  }
  const validated = epochs.some(({ validation }) => validation !== null);
  if (validated && !epochs.some(({ best }) => best)) {
    found.push({
      kind: "best",
      level: "bad",
      text: "No validation was accepted, so there is no best epoch; what is scored here are the last weights.",
    });
  }
  return found;
}

/** Numbers that are not finite are null in the log. */
function losses(events: readonly TrainEvent[], epochs: readonly Epoch[]): Alert[] {
  const skipped = events.filter((event) => event.type === "skippedStep");
  const wrong = epochs.filter(({ loss, validation }) => !isNumber(loss) || (validation !== null && !isNumber(validation.loss)));
  const found: Alert[] = [];
  if (wrong.length > 0) {
    const list = wrong.slice(0, 5).map(({ epoch }) => epoch + 1);
    const text = `The loss was not finite in epoch ${list.join(", ")}${wrong.length > 5 ? ", …" : ""}. Lower the learning rate, or train in fp32.`;
    found.push({ kind: "loss", level: "bad", text });
  }
  if (skipped.length > 0) {
    const share = skipped.length / Math.max(1, events.filter(({ type }) => type === "step").length);
    const text = `${skipped.length} steps were skipped because their loss or gradient was not finite. A few are harmless; many ask for a lower learning rate.`;
    found.push({ kind: "loss", level: share > 0.01 ? "bad" : "note", text });
  }
  return found;
}

function collapses(events: readonly TrainEvent[]): Alert[] {
  const count = learningOf(events).collapses;
  const back = events.filter(({ type }) => type === "rollback").length;
  if (count + back === 0) return [];
  const times = `Validation collapsed ${count === 1 ? "once" : `${count} times`}: its Dice fell below half of the best before.`;
  const text = `${times}${back > 0 ? ` The last good state was restored ${back} times.` : ""} A lower learning rate keeps it even.`;
  return [{ kind: "collapse", level: "bad", text }];
}

function gap(epochs: readonly Epoch[]): Alert[] {
  const scored = epochs.filter(({ loss, validation }) => validation !== null && isNumber(loss) && isNumber(validation.loss));
  const last = scored.slice(-Math.max(1, Math.ceil(scored.length / 10)));
  if (scored.length < 3) return [];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const train = mean(last.map(({ loss }) => loss));
  const validation = mean(last.map((epoch) => epoch.validation?.loss ?? Number.NaN));
  if (!(validation > apart.quotient * train && validation - train > apart.difference)) return [];
  const text =
    `Training and validation are apart: at the end the loss is ${train.toFixed(3)} on training images and ${validation.toFixed(3)} on validation images. ` +
    "The network knows its training images by heart, or the two sets differ: compare them, augment more, or train on more images.";
  return [{ kind: "apart", level: "bad", text }];
}

function statistics(events: readonly TrainEvent[]): Alert[] {
  const found = events.findLast((event) => event.type === "statistics");
  if (found?.type !== "statistics") return [];
  const text =
    `After epoch ${found.epoch + 1} the running statistics of BatchNorm did not fit the images: the same training images had a loss of ` +
    `${found.batchLoss.toFixed(3)} with each batch's own statistics and ${found.runningLoss.toFixed(3)} with the running ones. More steps, or larger batches, mend it.`;
  return [{ kind: "statistics", level: "bad", text }];
}

function emptiness(epochs: readonly Epoch[], evaluation: Evaluation | undefined): Alert[] {
  const best = epochs.findLast((epoch) => epoch.best) ?? epochs.findLast(({ validation }) => validation !== null);
  const micro = evaluation?.diceMicro.value ?? best?.validation?.diceMicro;
  const none = evaluation ? evaluation.objects.truth > 0 && evaluation.objects.predicted === 0 : false;
  if (!none && !(isNumber(micro) && micro < nothing)) return [];
  const text =
    "The network finds no cells. Usual causes: a learning rate that is too high (--learning-rate), too few epochs (--epochs), or masks that do not " +
    "fit their images (acinus verify).";
  return [{ kind: "empty", level: "bad", text }];
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
