import type { LossTerms, TrainEvent } from "../../lib/addon/contract.js";
import { errorColors } from "./output.js";
import { duration, type Progress } from "./progress.js";

/** Shows a training run on `progress`: a moving line for steps, and a line that stays for each epoch and each unusual event. */
export function trainingProgress(progress: Progress): (event: TrainEvent) => void {
  let epochs = 0;
  let stepsPerEpoch = 0;
  let smoothed = Number.NaN;
  let lagTold = false; // once a run: it says nothing new later
  return (event) => {
    switch (event.type) {
      case "start":
        ({ epochs, stepsPerEpoch } = event);
        progress.line(
          `${event.resumed ? `Going on after epoch ${event.epoch}` : "Training"}: ` +
            `${event.images} images, ${epochs} epochs of ${stepsPerEpoch} steps`,
        );
        for (const difference of event.differences ?? []) progress.line(errorColors.yellow(`  ${difference}`));
        progress.start(event.totalSteps, event.epoch * stepsPerEpoch);
        return;
      case "step":
        if (event.lossWeights) progress.line(`  weights of the loss: ${listed(event.lossWeights)}`);
        smoothed = Number.isFinite(smoothed) ? 0.95 * smoothed + 0.05 * event.loss : event.loss;
        progress.update(event.step + 1, `epoch ${event.epoch + 1}/${epochs} | loss ${smoothed.toFixed(3)}`);
        return;
      case "epoch":
        progress.line(describeEpoch(event, epochs));
        return;
      case "outlier":
        progress.line(
          errorColors.yellow(
            `  ${event.metric} ${event.value.toFixed(3)} is far worse than the last values (median ${event.median.toFixed(3)}, ` +
              `limit ${event.limit.toFixed(3)}): ${event.accepted ? "taken as a new level" : "left out of the average"}`,
          ),
        );
        return;
      case "skippedStep":
        progress.line(
          errorColors.yellow(`  step ${event.step} skipped: ${event.reason} not finite (${event.inARow} in a row)`),
        );
        return;
      case "rollback":
        progress.line(errorColors.yellow(`  epoch ${event.epoch}: went back to the state of epoch ${event.to + 1}`));
        return;
      case "statistics":
        if (!lagTold) progress.line(errorColors.yellow(`  ${describeLag(event)}`));
        lagTold = true;
        return;
      case "checkpoint":
      case "end":
        return;
      default:
        event satisfies never;
    }
  };
}

function describeLag({ images, batchLoss, runningLoss }: TrainEvent & { type: "statistics" }): string {
  return (
    `BatchNorm's running statistics lag behind the weights: ${images} training images lose ${batchLoss.toFixed(3)} with their own ` +
    `statistics and ${runningLoss.toFixed(3)} with the running ones. More steps mend it, and monitor.weightEma=0.99, which measures them anew`
  );
}

function describeEpoch(event: TrainEvent & { type: "epoch" }, epochs: number): string {
  const parts = [`epoch ${String(event.epoch + 1).padStart(String(epochs).length)}/${epochs}`, `loss ${event.loss.toFixed(3)}`];
  if (Object.keys(event.terms).length > 1) parts[1] += ` (${listed(event.terms)})`;
  if (event.validation) {
    const { dicePerImage, diceWithCells, diceMicro } = event.validation;
    parts.push(`Dice ${dicePerImage.toFixed(3)}, with cells ${diceWithCells.toFixed(3)}, micro ${diceMicro.toFixed(3)}`);
  }
  if (event.skippedSteps > 0) parts.push(`${event.skippedSteps} steps skipped`);
  parts.push(duration(event.seconds));
  return `${parts.join(" | ")}${event.best ? errorColors.green("  best") : ""}`;
}

function listed(terms: LossTerms): string {
  return Object.entries(terms)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(", ");
}
