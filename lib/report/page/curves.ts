import type { TrainEvent, ValidationScores } from "../../addon/contract.js";
import { decimal, missing } from "../../compare/words.js";
import { type PlotLine, type PlotMark, plot, thinned } from "../../render/chart.js";
import { escaped, paragraph, section, table } from "../../render/html.js";
import type { RunRecord } from "../run-record.js";

type Event<Type extends TrainEvent["type"]> = Extract<TrainEvent, { type: Type }>;

const scores = {
  diceWithCells: "Dice, images with cells",
  dicePerImage: "Dice, all images",
  diceMicro: "Dice, all pixels",
} as const satisfies Partial<Record<keyof ValidationScores, string>>;

/** The course of the training, across all resumes. */
export function curveSection({ events, sessions }: RunRecord): string {
  const epochs = of(events, "epoch");
  const steps = of(events, "step");
  if (epochs.length + steps.length === 0) {
    return section("curves", "Course of the training", paragraph("The run has no log of its training (metrics.jsonl)."));
  }
  const perEpoch = of(events, "start").at(-1)?.stepsPerEpoch ?? 1;
  const resumes = sessions.slice(1).map(({ position, started, differences = [] }): PlotMark => {
    const text = `Resumed ${started.slice(0, 16).replace("T", " ")} UTC${differences.length > 0 ? `; ${differences.join("; ")}` : ""}`;
    return { x: position.step / perEpoch, text };
  });
  const marks = [
    ...resumes,
    ...of(events, "rollback").map(({ epoch, to }) => ({ x: epoch + 1, text: `Back to the state of epoch ${to + 1}` })),
  ];
  const charts = [
    lossChart(epochs, marks),
    ...termCharts(epochs, marks),
    scoreChart(epochs, events, marks),
    ...stepCharts(steps, events, marks, perEpoch),
  ];
  return section(
    "curves",
    "Course of the training",
    paragraph(
      `By epochs. ${resumes.length > 0 ? "Dotted upright lines are resumes. " : ""}Crosses are validations that the monitor took for outliers and left out; dashed lines are the averages that chose the best epoch.`,
    ),
    `<div class="plots">${charts.join("\n")}</div>`,
    epochTable(epochs),
  );
}

function of<Type extends TrainEvent["type"]>(events: readonly TrainEvent[], type: Type): Event<Type>[] {
  return events.filter((event): event is Event<Type> => event.type === type);
}

/** Numbers that are not finite are null in the log. */
const valued = (value: number | null | undefined) => value ?? Number.NaN;

function byEpoch(epochs: readonly Event<"epoch">[], value: (epoch: Event<"epoch">) => number | null | undefined) {
  return epochs.map((epoch) => ({ x: epoch.epoch + 1, y: valued(value(epoch)) }));
}

/** A line that joins what was validated. */
function validated(epochs: readonly Event<"epoch">[], value: (epoch: Event<"epoch">) => number | null | undefined) {
  return byEpoch(
    epochs.filter(({ validation }) => validation !== null),
    value,
  );
}

function lossChart(epochs: readonly Event<"epoch">[], marks: readonly PlotMark[]): string {
  const lines: PlotLine[] = [
    { name: "training", points: byEpoch(epochs, ({ loss }) => loss) },
    { name: "validation", points: validated(epochs, ({ validation }) => validation?.loss) },
  ];
  return plot({ title: "Loss", xTitle: "epoch", lines, marks });
}

function termCharts(epochs: readonly Event<"epoch">[], marks: readonly PlotMark[]): string[] {
  const names = [...new Set(epochs.flatMap(({ terms }) => Object.keys(terms ?? {})))];
  if (names.length < 2) return [];
  const lines = names.map((name): PlotLine => ({ name, points: byEpoch(epochs, ({ terms }) => terms?.[name]) }));
  return [plot({ title: "Terms of the training loss, before their weights", xTitle: "epoch", lines, marks })];
}

function scoreChart(epochs: readonly Event<"epoch">[], events: readonly TrainEvent[], marks: readonly PlotMark[]): string {
  const keys = Object.keys(scores) as (keyof typeof scores)[];
  const lines = [
    ...keys.map((key): PlotLine => ({ name: scores[key], points: validated(epochs, ({ validation }) => validation?.[key]) })),
    ...keys.map((key, i): PlotLine => {
      const points = validated(epochs, ({ ema }) => ema?.[key]);
      return { name: `${scores[key]}, average`, kind: "dashed", legend: i === 0 && "their averages", points };
    }),
  ];
  const outliers = of(events, "outlier").flatMap(({ epoch, metric, value, median, accepted }): PlotMark[] => {
    const why = `Outlier in epoch ${epoch + 1}: ${metric} ${decimal(value, 4)}, median before ${decimal(median, 4)}${accepted ? ", taken as a new level" : ""}`;
    return value === null ? [] : [{ x: epoch + 1, y: value, text: why }];
  });
  const best = epochs.findLast((epoch) => epoch.best);
  const chosen = best ? [{ x: best.epoch + 1, text: `Best epoch: ${best.epoch + 1}` }] : [];
  return plot({ title: "Validation scores", xTitle: "epoch", lines, marks: [...marks, ...chosen, ...outliers] });
}

function stepCharts(
  steps: readonly Event<"step">[],
  events: readonly TrainEvent[],
  marks: readonly PlotMark[],
  perEpoch: number,
): string[] {
  const at = (step: number) => (step + 1) / perEpoch;
  const skipped = of(events, "skippedStep").map(({ step, reason, inARow }) => {
    return { x: at(step), text: `Skipped step ${step}: the ${reason} was not finite (${inARow} in a row)` };
  });
  const rates = steps.map(({ step, learningRate }) => ({ x: at(step), y: valued(learningRate) }));
  const norms = steps.map(({ step, gradientNorm }) => ({ x: at(step), y: valued(gradientNorm) }));
  const sizes = norms.map(({ y }) => y).filter((y) => y > 0);
  const wide = sizes.length > 0 && largest(sizes) > 30 * -largest(sizes.map((size) => -size));
  return [
    plot({ title: "Learning rate", xTitle: "epoch", lines: [{ name: "learning rate", points: thinned(rates) }], marks }),
    plot({
      title: `Norm of the gradient before clipping${skipped.length > 0 ? `; ${skipped.length} skipped steps as upright lines` : "; no step was skipped"}`,
      ...{
        xTitle: "epoch",
        lines: [{ name: "gradient norm", points: thinned(norms) }],
        marks: [...marks, ...skipped.slice(0, 500)],
      },
      scale: wide ? "log" : "linear",
    }),
  ];
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

function epochTable(epochs: readonly Event<"epoch">[]): string {
  const number = (value: number | null | undefined, digits = 4) =>
    typeof value === "number" ? decimal(value, digits) : missing;
  const head = ["Epoch", "Loss", "Validation loss", ...Object.values(scores), "Learning rate", "Skipped", "Seconds"];
  const rows = epochs.map(({ epoch, loss, validation, learningRate, skippedSteps, seconds, best }) => [
    `${epoch + 1}${best ? " (best so far)" : ""}`,
    ...[number(loss), number(validation?.loss)],
    ...(Object.keys(scores) as (keyof typeof scores)[]).map((key) => number(validation?.[key])),
    ...[typeof learningRate === "number" ? learningRate.toExponential(2) : missing, String(skippedSteps), number(seconds, 1)],
  ]);
  return `<details><summary>${escaped(`The ${epochs.length} epochs as a table`)}</summary>${table("Epochs", head, rows)}</details>`;
}
