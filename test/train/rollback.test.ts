import { expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { Model } from "../../lib/model/model.js";
import { Trainer } from "../../lib/train/trainer.js";
import { discs, quick } from "./toy.js";

const bias = "segmentation_head.0.bias";

/** Trains, and after the third epoch puts a bias of 1000 into the network's head, which calls every pixel a cell. */
async function catastrophe(rollback: boolean): Promise<{ events: TrainEvent[]; bias: number }> {
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
  using trainer = new Trainer(model, {
    ...quick,
    train: discs(4, 64, 1),
    validation: discs(2, 64, 2),
    epochs: 12,
    accumulation: 1,
    augment: { enabled: false },
    restoreBest: false, // the last weights are looked at
    monitor: { metric: "loss", rollback, outlierMinimum: 2, madFloor: 1, acceptAfter: 12 },
  });
  const events: TrainEvent[] = [];
  let loading: Promise<unknown> | undefined;
  await trainer.fit({
    onEvent: (event) => {
      events.push(event);
      if (event.type === "epoch" && event.epoch === 2) {
        loading = model.loadStateDict([[bias, { data: Float32Array.of(1000), shape: [1] }]], { strict: false });
      }
    },
  });
  await loading;
  return { events, bias: (await model.stateDict()).get(bias)?.data[0] as number };
}

it("with monitor.rollback, a catastrophe returns the last good weights, and training goes on from them", async () => {
  const { events, bias: after } = await catastrophe(true);
  const rollbacks = events.filter((event) => event.type === "rollback");
  expect(rollbacks).toHaveLength(1);
  expect(rollbacks[0]?.to).toBeLessThan(rollbacks[0]?.from as number);
  expect(Math.abs(after)).toBeLessThan(1);
  const last = events.filter((event) => event.type === "epoch").at(-1);
  expect(last?.loss).toBeLessThan(2);
});

it("without it the weights stay as they are, and the values are left out of the average", async () => {
  const { events, bias: after } = await catastrophe(false);
  expect(events.filter(({ type }) => type === "rollback")).toHaveLength(0);
  expect(after).toBeGreaterThan(900);
  const last = events.filter((event) => event.type === "epoch").at(-1);
  expect(last?.validation?.loss).toBeGreaterThan(100);
  expect(last?.ema?.loss).toBeLessThan(2);
});
