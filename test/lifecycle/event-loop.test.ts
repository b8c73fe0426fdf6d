/** What runs on a network never holds the event loop, and what is closed meanwhile goes on to its end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { Evaluator, Model, memoryUsage, Prediction, Predictor, Trainer } from "../../lib/index.js";
import { picture } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { discs, measuredMemory, quick } from "../train/toy.js";

const encoder = "efficientnet-b0";
const image = picture(160, 160, 1);
const tiled = { tile: 32, batch: 1 } as const;
let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder, seed: 3 });
});
afterAll(() => model.close());

/** A prediction in many tiles, and what is done when its first tile is: the network then stays locked until the last. */
async function during(work: (order: string[]) => void | Promise<void>): Promise<string[]> {
  const order: string[] = [];
  let first: Promise<void> | undefined;
  await new Predictor(model, tiled).predict(image, {
    onProgress: (done, total) => {
      first ??= Promise.resolve(work(order));
      if (done === total) order.push("last tile");
    },
  });
  await first;
  return order;
}

describe("while a prediction runs", () => {
  it("stateDict lets the event loop turn until the network is free, and then gives all of it", async () => {
    const order = await during(async (seen) => {
      const state = model.stateDict().then(({ size }) => {
        expect(size).toBe(model.entries.length);
        seen.push("state");
      });
      await setImmediate();
      seen.push("turn");
      await state;
    });
    expect(order).toEqual(["turn", "last tile", "state"]);
  });

  it("loadStateDict does too, and takes the values that the arrays held when it was called", async () => {
    const name = "segmentation_head.0.bias";
    const data = Float32Array.of(0.25);
    const order = await during(async (seen) => {
      const loading = model.loadStateDict([[name, { data, shape: [1] }]], { strict: false }).then(() => seen.push("loaded"));
      data[0] = 9;
      await setImmediate();
      seen.push("turn");
      await loading;
    });
    expect(order).toEqual(["turn", "last tile", "loaded"]);
    expect((await model.stateDict()).get(name)?.data[0]).toBe(0.25);
  });

  it("entries, device and parameterCount answer at once, and so do they while the network moves", async () => {
    const asked = () => [model.entries.length, model.device, model.parameterCount];
    const expected = asked();
    const order = await during((seen) => {
      const moving = model.to("cpu").then(() => seen.push("moved"));
      expect(asked()).toEqual(expected);
      seen.push("asked");
      return moving.then(() => undefined);
    });
    expect(order).toEqual(["asked", "last tile", "moved"]);
  });

  it("a trainer is made without holding the event loop", async () => {
    const order = await during(async (seen) => {
      using trainer = new Trainer(model, { ...quick, train: discs(2, 32, 1), validation: discs(1, 32, 2), epochs: 1 });
      const ready = trainer.begin().then(() => seen.push("trainer"));
      await setImmediate();
      seen.push("turn");
      await ready;
    });
    expect(order).toEqual(["turn", "last tile", "trainer"]);
  });
});

describe("cells of a large mask", () => {
  it("are found, outlined and written while the event loop turns", async () => {
    const [height, width] = [1500, 1500];
    const probability = Float32Array.from({ length: height * width }, (_, i) =>
      i % 7 < 4 && Math.floor(i / width) % 9 < 5 ? 0.9 : 0.1,
    );
    const turnsWhile = async <T>(work: Promise<T>): Promise<T> => {
      let [settled, turns] = [false, 0];
      const done = work.finally(() => {
        settled = true;
      });
      while (!settled) {
        await setImmediate();
        turns++;
      }
      expect(turns).toBeGreaterThan(1);
      return done;
    };
    const prediction = await turnsWhile(Prediction.of(probability, height, width));
    expect(prediction.instances.length).toBeGreaterThan(10_000);
    expect((await turnsWhile(prediction.toGeoJson())).features.length).toBe(prediction.instances.length);
    await turnsWhile(prediction.save(join(temporary(), "cells.geojson")));
    await turnsWhile(prediction.toPng());
    await turnsWhile(prediction.toCoco());
  });
});

describe("close", () => {
  const training = { ...quick, train: discs(4, 32, 1), validation: discs(2, 32, 2), epochs: 3 };

  it("of a trainer during fit lets the run go on to its end, its log whole, and refuses what comes later", async () => {
    const runFolder = join(temporary(), "run");
    const trainer = new Trainer(model, { ...training, runFolder });
    const events: TrainEvent["type"][] = [];
    const { reason, epoch } = await trainer.fit({
      onEvent: ({ type }) => {
        if (events.push(type) === 2) trainer.close();
      },
    });
    expect([reason, epoch]).toEqual(["finished", 3]);
    expect(events.at(-1)).toBe("end");
    const log = readFileSync(join(runFolder, "metrics.jsonl"), "utf8").trim().split("\n");
    expect(log.map((line) => (JSON.parse(line) as TrainEvent).type)).toEqual(events);
    await expect(trainer.fit()).rejects.toMatchObject({ code: "ACINUS_CLOSED" });
  });

  it("of model and data during fit, of a trainer before its first step, and during a step, does no harm either", async () => {
    const own = await Model.create({ encoder, seed: 1 });
    const trainer = new Trainer(own, training);
    const fitting = trainer.fit({ onEvent: ({ type }) => type === "start" && own.close() });
    trainer.close();
    expect((await fitting).reason).toBe("finished");
    const other = new Trainer(model, training);
    const loop = await other.begin();
    const step = loop.step({ epoch: 0, indices: Int32Array.of(0, 1) });
    other.close();
    expect((await step).step).toBe(0);
    await expect(loop.validate()).rejects.toMatchObject({ code: "ACINUS_CLOSED" });
  });

  it("of a model during predict and evaluate lets them end", async () => {
    const own = await Model.create({ encoder, seed: 3 });
    const expected = await new Predictor(own, tiled).predict(image);
    const predicting = new Predictor(own, tiled).predict(image, { onProgress: () => own.close() });
    const evaluating = new Evaluator(own).evaluate(discs(3, 32, 5));
    expect((await predicting).probability).toEqual(expected.probability);
    expect((await evaluating).images).toBe(3);
    await expect(own.forward(new Float32Array(4096), [1, 4, 32, 32])).rejects.toMatchObject({ code: "ACINUS_CLOSED" });
  });

  it("of a loop and of two fits at once is refused or runs to its end, never both", async () => {
    using trainer = new Trainer(model, training);
    const outcomes = await Promise.allSettled([trainer.fit(), trainer.fit()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "ACINUS_INVALID_ARGUMENT" } });
  });
});

it("what a training step takes is measured the same beside a prediction, and the peak of the process never falls", async () => {
  const own = await Model.create({ encoder, seed: 2 });
  await measuredMemory(own, 2); // what is made once and kept, kernels of the edge channel for example, is made now
  const alone = await measuredMemory(own, 2);
  let peak = memoryUsage().peak;
  let over = false;
  const neighbour = (async () => {
    while (!over) await new Predictor(model, tiled).predict(image);
  })();
  const watch = (async () => {
    while (!over) {
      const now = memoryUsage().peak;
      expect(now).toBeGreaterThanOrEqual(peak);
      peak = now;
      await setImmediate();
    }
  })();
  const beside = await measuredMemory(own, 2);
  over = true;
  await Promise.all([neighbour, watch]);
  expect(beside).toBe(alone);
  own.close();
});
