import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { stabilizedLoss } from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";
import type { LossFunction, LossRequest } from "../../lib/train/own-loss.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { largestDifference } from "../within.js";
import { discs, quick } from "./toy.js";

const [train, validation] = [discs(4, 64, 1), discs(2, 64, 2)];
const folder = temporary();
const model = () => Model.create({ encoder: "efficientnet-b0", seed: 5 });
const builtIn: LossFunction = ({ logits, target, shape }) => stabilizedLoss(logits, target, { shape });
const never: LossFunction = () => new Promise(() => {});

/** Trains to the end. */
async function trained(options: Partial<TrainerOptions>) {
  using network = await model();
  using trainer = new Trainer(network, { ...quick, train, validation, epochs: 2, ...options });
  const events: TrainEvent[] = [];
  await trainer.fit({ onEvent: (event) => events.push(event) });
  const steps = events.filter((event) => event.type === "step");
  const epochs = events.filter((event) => event.type === "epoch");
  return { steps, epochs, weights: new Map(await network.stateDict()) };
}

type Trained = Awaited<ReturnType<typeof trained>>;

/** Largest difference of two trainings' weights. */
function apart(a: Trained["weights"], b: Trained["weights"]): number {
  expect([...a.keys()]).toEqual([...b.keys()]);
  return Math.max(...[...a].map(([name, { data }]) => largestDifference(data, b.get(name)?.data ?? [])));
}

describe("a loss of one's own", () => {
  it.each(["fp32", "bf16"] as const)("that is the built-in one trains as that does: %s", async (precision) => {
    const requests: LossRequest[] = [];
    const own: LossFunction = async (request) => {
      requests.push(request);
      return builtIn(request);
    };
    const expected = await trained({ precision });
    const found = await trained({ precision, loss: own });
    expect(apart(found.weights, expected.weights)).toBeLessThan(1e-6);
    const reported = ({ steps, epochs }: Trained) => [
      ...steps.flatMap(({ loss, terms, gradientNorm }) => [loss, ...Object.values(terms), gradientNorm ?? 0]),
      // The built-in loss of a validation weighs cells by their share in the whole set, which a function of one image does not know.
      ...epochs.flatMap(({ loss, validation: scores }) => [loss, scores?.diceMicro ?? Number.NaN]),
    ];
    expect(largestDifference(reported(found), reported(expected))).toBeLessThan(1e-5);
    expect(found.epochs.map(({ terms }) => Object.keys(terms))).toEqual(expected.epochs.map(({ terms }) => Object.keys(terms)));

    // Two steps and two images of validation an epoch.
    const epochOf = (epoch: number) => [true, true, false, false].map((training) => [epoch, training]);
    expect(requests.map(({ epoch, training }) => [epoch, training])).toEqual([...epochOf(0), ...epochOf(1)]);
    for (const { logits, target, shape, training } of requests) {
      const images = training ? 2 : 1;
      expect(shape).toEqual([images, 1, 64, 64]);
      expect(logits).toBeInstanceOf(Float32Array);
      expect([logits.length, target.length]).toEqual([images * 64 * 64, images * 64 * 64]);
      expect([...new Set(target)].sort()).toEqual([0, 1]);
    }
  });

  it.each([
    ["value", "loss", () => Number.NaN, (slope: number) => slope],
    ["gradient", "gradient", (value: number) => value, () => Number.POSITIVE_INFINITY],
  ] as const)("whose %s is not finite skips the step, as any loss does", async (_, reason, value, slope) => {
    const calls: boolean[] = [];
    const loss: LossFunction = (request) => {
      const { value: usual, gradient } = stabilizedLoss(request.logits, request.target, { shape: request.shape });
      calls.push(request.training);
      // The first optimizer step has two batches.
      return calls.length === 2 ? { value: value(usual), gradient: gradient.map(slope) } : { value: usual, gradient };
    };
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, loss });
    const before = new Map(await network.stateDict());
    const events: TrainEvent[] = [];
    await trainer.fit({ onEvent: (event) => events.push(event) });
    expect(events.filter(({ type }) => type === "skippedStep")).toMatchObject([{ reason, step: 1, inARow: 1 }]);
    expect(apart(new Map(await network.stateDict()), before)).toBe(0);
  });

  it("is not asked about logits that are not finite: the step is skipped", async () => {
    using network = await model();
    const broken = new Map(await network.stateDict());
    const bias = broken.get("segmentation_head.0.bias");
    broken.set("segmentation_head.0.bias", { data: Float32Array.of(Number.NaN), shape: bias?.shape ?? [1] });
    await network.loadStateDict(broken);
    const loss = () => {
      throw new Error("it was asked");
    };
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, accumulation: 1, loss });
    const loop = await trainer.begin();
    const result = await loop.step({ epoch: 0, indices: Int32Array.of(0, 1) });
    expect(result).toMatchObject({ skipped: true, loss: Number.NaN, terms: {} });
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "gave undefined. It must give { value, gradient }."],
    ["a text as value", { value: "1" }, 'gave as value "1". It must be a number.'],
    ["no gradient", { value: 1 }, "gave as gradient undefined. It must be a Float32Array."],
    ["a gradient of doubles", { value: 1, gradient: new Float64Array(8192) }, "gave as gradient a Float64Array."],
    [
      "a gradient of another length",
      { value: 1, gradient: new Float32Array(4) },
      "gave a gradient of 4 values. It must hold 8192,",
    ],
    ["a term that is no number", { value: 1, terms: { mine: null } }, 'gave as term "mine" null. It must be a number.'],
  ])("that gives %s ends the training with a typed error that says so", async (_, answer, said) => {
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, loss: () => answer as never });
    await expect(trainer.fit()).rejects.toMatchObject({
      name: "TrainingError",
      code: "ACINUS_LOSS",
      message: expect.stringContaining(`The loss function ${said}`),
    });
  });

  it("that throws or rejects fails its step, which has then not happened: the same step again gives what it would have given", async () => {
    const mistake = new Error("a mistake in the loss");
    const failures: (LossFunction | undefined)[] = [
      undefined,
      () => {
        throw mistake;
      },
      () => Promise.reject(mistake),
    ];
    const loss: LossFunction = (request) => (failures.shift() ?? builtIn)(request);
    const steps = async (options: Partial<TrainerOptions>, fails: boolean) => {
      using network = await model();
      using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, ...options });
      const loop = await trainer.begin();
      const [first, second] = [Int32Array.of(0, 1), Int32Array.of(1, 2)].map((indices) => ({ epoch: 0, indices }));
      const results = [await loop.step(first as NonNullable<typeof first>)];
      for (let time = 0; fails && time < 2; time++) {
        const failed = loop.step(second as NonNullable<typeof second>);
        await expect(failed).rejects.toMatchObject({
          code: "ACINUS_LOSS",
          message: "The loss function failed: a mistake in the loss.",
          cause: mistake,
        });
      }
      results.push(await loop.step(second as NonNullable<typeof second>));
      return { results, weights: new Map(await network.stateDict()) };
    };
    const found = await steps({ loss }, true);
    const expected = await steps({ loss: builtIn }, false);
    expect(found.results).toEqual(expected.results);
    expect(apart(found.weights, expected.weights)).toBe(0);
  });

  it("that never answers does not hold up an abort; the run goes on from where it stood", async () => {
    const expected = await trained({ loss: builtIn });
    const runFolder = join(folder, "aborted");
    const options = { ...quick, train, validation, epochs: 2, runFolder };
    const stop = new AbortController();
    let steps = 0;
    const stuck: LossFunction = (request) => {
      if (!request.training || ++steps < 4) return builtIn(request);
      stop.abort(new Error("enough"));
      return never(request);
    };
    using network = await model();
    using trainer = new Trainer(network, { ...options, loss: stuck });
    await expect(trainer.fit({ signal: stop.signal })).rejects.toThrow("enough");

    const saved = JSON.parse(readFileSync(join(runFolder, "config.json"), "utf8"));
    expect(saved.train.loss).toBe("own");
    const other = () => new Trainer(network, { ...options, resume: true });
    await expect(other().fit()).rejects.toThrow('train.loss was "own" and is {');

    using again = await model();
    using rest = new Trainer(again, { ...options, loss: builtIn, resume: true });
    await rest.fit();
    expect(apart(new Map(await again.stateDict()), expected.weights)).toBe(0);
  });

  it("that never answers lets a step and a validation by hand be aborted too, and the trainer works on", async () => {
    let answers = false;
    const loss: LossFunction = (request) => (answers ? builtIn : never)(request);
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, loss });
    const loop = await trainer.begin();
    const batch = { epoch: 0, indices: Int32Array.of(0, 1) };
    const soon = () => {
      const stop = new AbortController();
      setImmediate(() => stop.abort(new Error("enough")));
      return { signal: stop.signal };
    };
    await expect(loop.step(batch, soon())).rejects.toThrow("enough");
    await expect(loop.validate(soon())).rejects.toThrow("enough");
    answers = true;
    expect((await loop.step(batch)).loss).toBeGreaterThan(0);
    expect((await loop.validate()).loss).toBeGreaterThan(0);
  });

  it("has no weights that could be changed", async () => {
    using network = await model();
    const options = { ...quick, train, validation, epochs: 1, loss: builtIn };
    expect(() => new Trainer(network, { ...options, lossWeights: [{ dice: 1 }] })).toThrow("the loss is a function");
    using trainer = new Trainer(network, options);
    const loop = await trainer.begin();
    expect(() => loop.setLossWeights({ dice: 1 })).toThrow("has a loss of its own");
  });
});
