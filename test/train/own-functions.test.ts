import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { oneCycle } from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";
import type { TransformRequest } from "../../lib/train/own-functions.js";
import { Sampler } from "../../lib/train/sampler.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { largestDifference } from "../within.js";
import { discs, quick } from "./toy.js";

const [train, validation] = [discs(4, 64, 1), discs(3, 64, 2)];
const small = { encoder: "efficientnet-b0" as const, decoderChannels: [16, 16, 16, 16, 16], seed: 5 };

async function trained(options: Partial<TrainerOptions> = {}, onEvent?: (event: TrainEvent) => unknown) {
  using model = await Model.create(small);
  using trainer = new Trainer(model, { ...quick, train, validation, epochs: 2, ...options });
  const events: TrainEvent[] = [];
  const result = await trainer.fit({
    onEvent: (event) => {
      events.push(event);
      return onEvent?.(event);
    },
  });
  const weights = new Map(await model.stateDict());
  return {
    result,
    events,
    weights,
    trainer,
    of: <T extends TrainEvent["type"]>(type: T) =>
      events.filter((event) => event.type === type) as Extract<TrainEvent, { type: T }>[],
  };
}

/** Largest difference of two trainings' weights. */
const apart = (a: Awaited<ReturnType<typeof trained>>, b: Awaited<ReturnType<typeof trained>>) =>
  Math.max(...[...a.weights].map(([name, { data }]) => largestDifference(data, b.weights.get(name)?.data ?? [])));

describe("a sampler's own draw", () => {
  it("is what an epoch trains on", async () => {
    const uniform = Sampler.uniform(train, { seed: 7 });
    const asked: number[] = [];
    const own = {
      weights: uniform.weights,
      draw(epoch: number) {
        asked.push(epoch);
        return uniform.draw(epoch);
      },
    };
    const [found, expected] = [await trained({ sampler: own }), await trained({ sampler: uniform })];
    expect(apart(found, expected)).toBe(0);
    expect(asked).toEqual([0, 0, 1]);
  });

  it("may draw fewer images, and as many for each epoch", async () => {
    const sampler = { weights: new Float64Array(), draw: (epoch: number) => Int32Array.of(epoch, epoch + 1) };
    const { of } = await trained({ sampler });
    expect(of("start")[0]).toMatchObject({ stepsPerEpoch: 1, totalSteps: 2 });
    expect(of("step").length).toBe(2);
    const growing = { weights: new Float64Array(), draw: (epoch: number) => new Int32Array(2 + epoch) };
    await expect(trained({ sampler: growing })).rejects.toMatchObject({ code: "ACINUS_SAMPLER", value: 3 });
  });
});

describe("augmentation of one's own", () => {
  it("gets the batch's bytes and masks, and training takes what it gives", async () => {
    const requests: TransformRequest[] = [];
    const same = await trained({
      transform: (request) => {
        requests.push(request);
        return { pixels: request.pixels.slice(), masks: request.masks.slice() };
      },
    });
    expect(apart(same, await trained())).toBe(0);
    const [first] = requests as [TransformRequest];
    expect([first.shape, first.pixels.length, first.masks.length]).toEqual([[2, 64, 64], 2 * 64 * 64 * 3, 2 * 64 * 64]);
    expect([first.epoch, new Set(first.masks)]).toEqual([0, new Set([0, 1])]);
    const dark = await trained({
      transform: async ({ pixels, masks }) => ({ pixels: pixels.map((value) => value / 2), masks }),
    });
    expect(apart(dark, same)).toBeGreaterThan(0);
  });

  it("ends the training with its error", async () => {
    const cause = new Error("no such stain");
    const failing = trained({
      transform: () => {
        throw cause;
      },
    });
    await expect(failing).rejects.toMatchObject({ code: "ACINUS_TRANSFORM", cause });
    const short = trained({ transform: ({ masks }) => ({ pixels: new Uint8Array(3), masks }) });
    await expect(short).rejects.toMatchObject({ code: "ACINUS_TRANSFORM", value: 3 });
  });
});

describe("learning rates of one's own", () => {
  const rates = [1e-3, 5e-4];

  it("hold by optimizer step, the last to the end", async () => {
    const { of, trainer } = await trained({ accumulation: 1, learningRates: rates });
    expect(of("step").map(({ learningRate }) => learningRate)).toEqual([1e-3, 5e-4, 5e-4, 5e-4]);
    expect(trainer.config.learningRates).toEqual(rates);
  });

  it("from a function that is the schedule train as the schedule, and the encoder may have others", async () => {
    const schedule = { ...quick.schedule, cycleMomentum: false };
    const learningRates = (step: number, steps: number) => oneCycle(step, { totalSteps: steps, ...schedule }).learningRate;
    const [found, expected] = [await trained({ schedule, learningRates }), await trained({ schedule })];
    expect(apart(found, expected)).toBe(0);
    const half = await trained({ schedule, optimizer: { encoderLearningRateFactor: 0.5 } });
    const apartly = await trained({
      schedule,
      learningRates: (step, steps) => ({ encoder: learningRates(step, steps) / 2, rest: learningRates(step, steps) }),
    });
    expect(apart(apartly, half)).toBe(0);
    expect(apart(half, expected)).toBeGreaterThan(0);
  });

  it("are refused where they are none", async () => {
    await expect(trained({ learningRates: () => -1 })).rejects.toMatchObject({ code: "ACINUS_CONFIG", value: -1 });
  });
});

describe("a training that ends early", () => {
  it("by patience holds the best weights and cannot go on from them", async () => {
    using model = await Model.create(small);
    // From the third step on the rate is absurd, and no epoch is better than one before.
    using trainer = new Trainer(model, {
      ...{ ...quick, train, validation, epochs: 20, patience: 2 },
      learningRates: [1e-3, 1e-3, 1],
    });
    const { reason, epoch, best } = await trainer.fit();
    expect(reason).toBe("patience");
    expect(epoch - 1 - (best?.epoch ?? 0)).toBe(2);
    await expect(trainer.fit()).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT", value: "patience" });
  });

  it("by a file or a time ends after the step at hand, and the run can be resumed", async () => {
    const [folder, file] = [temporary(), join(temporary(), "stop")];
    const stopped = await trained({ runFolder: join(folder, "a"), stopFile: file }, ({ type }) => {
      if (type === "step") writeFileSync(file, "");
    });
    expect([stopped.result.reason, stopped.of("end")[0]?.reason]).toEqual(["stopFile", "stopFile"]);
    expect(stopped.of("step").length).toBeLessThan(4);
    const timed = await trained({ minutes: 1e-9 });
    expect([timed.result.reason, timed.of("step").length]).toEqual(["minutes", 0]);
    const rest = await trained({ runFolder: join(folder, "a"), resume: true });
    expect([rest.result.reason, rest.result.epoch]).toEqual(["finished", 2]);
    expect(stopped.of("step").length + rest.of("step").length).toBe(4);
  });
});

it("a promise of onEvent that is rejected stops the training with that error", async () => {
  const error = new Error("the disk is full");
  const failing = trained({ epochs: 50 }, async ({ type }) => {
    if (type === "step") throw error;
  });
  await expect(failing).rejects.toBe(error);
});

it("the loss of a validation does not depend on how many images share a batch", async () => {
  const lossOf = async (batch: number) =>
    (await trained({ epochs: 1, monitor: { batch } })).of("epoch")[0]?.validation?.loss as number;
  const [one, two, three] = [await lossOf(1), await lossOf(2), await lossOf(3)];
  expect(one).toBeGreaterThan(0);
  expect([two / one, three / one]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
});

describe("a loop by hand", () => {
  it("that ends its epochs writes what fit writes", async () => {
    const [byFit, byHand] = [join(temporary(), "fit"), join(temporary(), "hand")];
    const expected = await trained({ runFolder: byFit });
    using model = await Model.create(small);
    using trainer = new Trainer(model, { ...quick, train, validation, epochs: 2, runFolder: byHand });
    const loop = await trainer.begin();
    const sampler = Sampler.uniform(train, { seed: quick.seed });
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of loop.batches(sampler.draw(epoch))) await loop.step(batch);
      const { validation: scores, best } = await loop.endEpoch();
      expect(scores?.dicePerImage).toBe(expected.of("epoch")[epoch]?.validation?.dicePerImage);
      expect(best).toBe(expected.of("epoch")[epoch]?.best);
    }
    loop.close();
    const lines = (folder: string, type: string) =>
      readFileSync(join(folder, "metrics.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as TrainEvent & { seconds?: number })
        .filter((event) => event.type === type)
        .map(({ seconds: _, ...event }) => event);
    expect(lines(byHand, "epoch")).toEqual(lines(byFit, "epoch"));
    for (const name of ["best", "last"]) {
      expect(existsSync(join(byHand, `checkpoint-${name}.safetensors`))).toBe(true);
    }
    using best = await Model.load(join(byHand, "checkpoint-best.safetensors"));
    expect(best.entries.length).toBe(model.entries.length);
  });

  it("logs the validations that it asks for", async () => {
    const folder = join(temporary(), "run");
    using model = await Model.create(small);
    using trainer = new Trainer(model, { ...quick, train, validation, epochs: 1, runFolder: folder });
    const loop = await trainer.begin();
    const scores = await loop.validate();
    loop.close();
    trainer.close();
    await expect.poll(() => readFileSync(join(folder, "metrics.jsonl"), "utf8")).toContain('"type":"validation"');
    expect(readFileSync(join(folder, "metrics.jsonl"), "utf8")).toContain(JSON.stringify(scores.dicePerImage));
  });
});

it("fit chooses how cells are told apart where it is asked to, and the checkpoint carries it", async () => {
  const folder = join(temporary(), "run");
  using model = await Model.create(small);
  using trainer = new Trainer(model, { ...quick, train, validation, epochs: 1, runFolder: folder });
  const { cells } = await trainer.fit({ chooseCells: true });
  expect(cells?.rule).toEqual(model.cells);
  using best = await Model.load(join(folder, "checkpoint-best.safetensors"));
  expect(best.cells).toEqual(cells?.rule);
});
