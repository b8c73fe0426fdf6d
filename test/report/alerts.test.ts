import { describe, expect, it } from "vitest";
import type { TrainEvent, ValidationScores } from "../../lib/addon/contract.js";
import { alertsOf } from "../../lib/report/alerts.js";
import type { RunRecord } from "../../lib/report/run-record.js";

interface Epoch {
  dice: number;
  loss?: number | null;
  validationLoss?: number;
}

/** The alerts of a run with these epochs. */
function alerts(epochs: readonly Epoch[], others: readonly TrainEvent[] = []): string[] {
  const events = epochs.map(({ dice, loss = 0.3, validationLoss = 0.3 }, epoch) => {
    const validation: ValidationScores = {
      ...{ dicePerImage: dice, diceWithCells: dice, diceMicro: dice, iouMicro: dice, precisionMicro: dice, recallMicro: dice },
      loss: validationLoss,
    };
    const best = epoch === epochs.length - 1;
    return {
      type: "epoch",
      epoch,
      loss,
      terms: {},
      seconds: 1,
      learningRate: 1,
      skippedSteps: 0,
      validation,
      ema: validation,
      best,
    };
  }) as TrainEvent[];
  const end: TrainEvent = { type: "end", reason: "finished", epoch: epochs.length, best: null, seconds: 1 };
  const run = { events: [...events, ...others, end], config: { train: { epochs: epochs.length } } } as unknown as RunRecord;
  return alertsOf(run, undefined, []).map(({ kind }) => kind);
}

const even: Epoch[] = Array.from({ length: 6 }, (_, i) => ({ dice: 0.5 + i / 20 }));

describe("alerts", () => {
  it("are none for an even run", () => expect(alerts(even)).toEqual([]));

  it.each<[string, Epoch[], TrainEvent[]]>([
    ["loss", [...even, { dice: 0.8, loss: null }], []],
    ["loss", even, [{ type: "skippedStep", epoch: 1, step: 3, reason: "gradient", inARow: 1 }]],
    ["collapse", [...even, { dice: 0.2 }, { dice: 0.8 }], []],
    ["apart", even.map((epoch, i) => ({ ...epoch, loss: 0.3 - i / 25, validationLoss: 0.5 })), []],
    ["empty", [{ dice: 0 }], []],
    ["statistics", even, [{ type: "statistics", epoch: 2, images: 4, batchLoss: 0.2, runningLoss: 0.9 }]],
  ])("tell of %s", (kind, epochs, others) => expect(alerts(epochs, others)).toEqual([kind]));

  it("tell of a run that was stopped", () => {
    const run = { events: [], config: { train: { epochs: 3 } } } as unknown as RunRecord;
    expect(alertsOf(run, undefined, ["of the data"]).map(({ kind }) => kind)).toEqual(["unfinished", "data"]);
  });
});
