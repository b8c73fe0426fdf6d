import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { Model, type ModelOptions, Sampler, Trainer, type TrainerOptions } from "../../lib/index.js";
import { numbers } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "./toy.js";

const encoder = "efficientnet-lite0" as const;
const shape = [2, 4, 64, 64];
const random = numbers(11);
const inputs = Array.from({ length: 12 }, () => Float32Array.from({ length: 2 * 4 * 64 * 64 }, () => 2 * random() - 1));
const target = new Uint8Array(2 * 64 * 64).fill(1, 0, 3000);
const create = (options: ModelOptions = {}) =>
  Model.create({ encoder, architecture: "unet", seed: 5, dropConnectRate: 0, ...options });

type Statistics = Map<string, Float32Array>;
const isStatistic = (name: string) => name.includes(".running_") && !/^encoder\.(_conv_head|_bn1)\b/.test(name);
async function statisticsOf(model: Model): Promise<Statistics> {
  const state = [...(await model.stateDict())].filter(([name]) => isStatistic(name));
  return new Map(state.map(([name, { data }]) => [name, data]));
}
/** smp's: 0.01 in the encoder, PyTorch's 0.1 elsewhere. */
const smpMomentum = (name: string) => (name.startsWith("encoder.") ? 0.01 : 0.1);
const adaptive = (name: string, n: number) => Math.max(smpMomentum(name), 1 / (n + 1));

const step = (model: Model, i: number, memory: "normal" | "low" = "normal") =>
  model.gradients(inputs[i] as Float32Array, shape, target, { updateStatistics: true, memory });

/** Of each batch its own statistics: in train mode they depend on the weights alone, so a network whose momentum is known tells them. */
async function ofBatches(count: number): Promise<Statistics[]> {
  const own: Statistics[] = [];
  for (let i = 0; i < count; i++) {
    using model = await create({ normMomentum: "fixed" });
    const before = await statisticsOf(model);
    await step(model, i);
    own.push(solved(before, await statisticsOf(model), smpMomentum));
  }
  return own;
}

function solved(before: Statistics, after: Statistics, momentum: (name: string) => number): Statistics {
  return new Map(
    [...after].map(([name, values]) => {
      const start = before.get(name) as Float32Array;
      return [name, values.map((value, i) => (start[i] as number) + (value - (start[i] as number)) / momentum(name))];
    }),
  );
}

/** What is left when each batch moves the statistics by its momentum, in float64. */
function followed(
  start: Statistics,
  batches: readonly Statistics[],
  momentum: (name: string, n: number) => number,
): Statistics {
  return new Map(
    [...start].map(([name, values]) => {
      const moved = Array.from(values);
      for (const [i, batch] of batches.entries()) {
        const m = momentum(name, i + 1);
        for (const [c, value] of (batch.get(name) as Float32Array).entries())
          moved[c] = (moved[c] as number) + m * (value - (moved[c] as number));
      }
      return [name, Float32Array.from(moved)];
    }),
  );
}

function agree(found: Statistics, expected: Statistics, tolerance = 1e-4): void {
  expect(found.size).toBe(expected.size);
  for (const [name, values] of expected) {
    const largest = Math.max(1e-3, ...values.map(Math.abs));
    const difference = Math.max(...values.map((value, i) => Math.abs(value - (found.get(name)?.[i] as number))));
    expect(difference / largest, `${name}: ${found.get(name)?.[0]} for ${values[0]}`).toBeLessThan(tolerance);
  }
}

describe("running statistics", () => {
  it("that no file gave follow with max(momentum, 1/(n + 1)): a cumulative average first, then smp's", async () => {
    const batches = await ofBatches(12);
    using model = await create();
    const start = await statisticsOf(model);
    for (let i = 0; i < 12; i++) await step(model, i, i % 2 === 0 ? "low" : "normal"); // computed again or not, a step is one step
    agree(await statisticsOf(model), followed(start, batches, adaptive));
  });

  it("of loaded weights, and with normMomentum fixed, follow with smp's momentum", async () => {
    const batches = await ofBatches(2);
    using loaded = await create();
    await loaded.loadStateDict(await loaded.stateDict());
    using fixed = await create({ normMomentum: "fixed" });
    for (const model of [loaded, fixed]) {
      const start = await statisticsOf(model);
      for (let i = 0; i < 2; i++) await step(model, i);
      agree(await statisticsOf(model), followed(start, batches, smpMomentum));
    }
  });

  it("follow with smp's momentum in a loaded encoder, and adaptively in the decoder that kept its start", async () => {
    const batches = await ofBatches(2);
    using model = await create();
    const file = join(temporary(), "whole.safetensors");
    await model.save(file);
    using other = await create();
    await other.loadWeights(file, { part: "encoder" });
    const start = await statisticsOf(other);
    for (let i = 0; i < 2; i++) await step(other, i);
    const momentum = (name: string, n: number) => (name.startsWith("encoder.") ? smpMomentum(name) : adaptive(name, n));
    agree(await statisticsOf(other), followed(start, batches, momentum));
  });

  it("are not counted by a gradient that leaves them as they were", async () => {
    const batches = await ofBatches(1);
    using model = await create();
    const start = await statisticsOf(model);
    await model.gradients(inputs[1] as Float32Array, shape, target);
    await step(model, 0);
    agree(await statisticsOf(model), followed(start, batches, adaptive));
  });
});

const [train, validation] = [discs(4, 64, 1), discs(2, 64, 2)];
/** Weights stay where they are, so that every batch has the same statistics whenever it comes. */
const still = {
  ...{ ...quick, train, validation, accumulation: 1, augment: { enabled: false } },
  ...{ schedule: { maxLearningRate: 1e-30 }, optimizer: { weightDecay: 0 } },
} satisfies TrainerOptions;
const order = [...Sampler.uniform({ length: 4, maskStatistics: [] }, { seed: quick.seed }).draw(0)];

describe("a training", () => {
  it("goes on counting after a resume and after a skipped step", async () => {
    const runFolder = join(temporary(), "run");
    using network = await create();
    using trainer = new Trainer(network, { ...still, epochs: 3, runFolder });
    const loop = await trainer.begin();
    const statistics = [await statisticsOf(network)];
    const middle: string[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const batch of loop.batches(order)) {
        await loop.step(batch);
        statistics.push(await statisticsOf(network));
      }
      middle.push(await loop.checkpoint(`epoch-${epoch}`));
    }
    // The first batch again is the third, fifth step: 1/4 and 1/6 of the way.
    const own = solved(statistics[0] as Statistics, statistics[1] as Statistics, (name) => adaptive(name, 1));
    const third = solved(statistics[2] as Statistics, statistics[3] as Statistics, (name) => adaptive(name, 3));
    agree(third, own, 1e-3);

    using again = await create({ seed: 99 });
    using resumed = new Trainer(again, { ...still, epochs: 3, runFolder: join(temporary(), "other") });
    await resumed.resume(middle[0]);
    const rest = await resumed.begin();
    for (const batch of rest.batches(order, 1)) await rest.step(batch);
    expect(await statisticsOf(again)).toEqual(statistics[4]);
  });

  it("does not count the steps of a frozen encoder", async () => {
    using network = await create();
    using trainer = new Trainer(network, { ...still, epochs: 2, frozenEncoderEpochs: 1 });
    const loop = await trainer.begin();
    const start = await statisticsOf(network);
    for (const batch of loop.batches(order)) await loop.step(batch);
    const frozen = await statisticsOf(network);
    for (const [name, values] of start) if (name.startsWith("encoder.")) expect(frozen.get(name), name).toEqual(values);
    const [batch] = loop.batches(order);
    await loop.step(batch as NonNullable<typeof batch>);
    const first = await statisticsOf(network);
    using free = await create();
    using other = new Trainer(free, { ...still, epochs: 2 });
    const whole = await other.begin();
    const [same] = whole.batches(order, 1);
    await whole.step(same as NonNullable<typeof same>);
    const unfrozen = await statisticsOf(free);
    for (const [name, values] of unfrozen) if (name.startsWith("encoder.")) expect(first.get(name), name).toEqual(values);
  });

  it("measures them anew: the mean over the batches of an epoch, and counts on as before", async () => {
    using network = await create();
    using trainer = new Trainer(network, { ...still, epochs: 2 });
    const loop = await trainer.begin();
    const seen = [await statisticsOf(network)];
    for (const batch of loop.batches(order)) {
      await loop.step(batch);
      seen.push(await statisticsOf(network));
    }
    const own = [1, 2].map((n) => solved(seen[n - 1] as Statistics, seen[n] as Statistics, (name) => adaptive(name, n)));
    const counted = (await network.stateDict()).get("encoder._bn0.num_batches_tracked")?.data[0];
    await loop.measureStatistics();
    const measured = await statisticsOf(network);
    agree(
      measured,
      followed(seen[0] as Statistics, own, (_, n) => 1 / n),
      1e-3,
    );
    expect((await network.stateDict()).get("encoder._bn0.num_batches_tracked")?.data[0]).toBe(counted);
    const [batch] = loop.batches(order);
    await loop.step(batch as NonNullable<typeof batch>);
    agree(
      await statisticsOf(network),
      followed(measured, [own[0] as Statistics], (name) => adaptive(name, 3)),
      1e-3,
    );
  });

  it("with averaged weights judges statistics that are measured anew", async () => {
    using network = await create({ normMomentum: "fixed" });
    using other = await create({ normMomentum: "fixed" });
    using trainer = new Trainer(network, { ...still, epochs: 1, monitor: { weightEma: 1e-9 } });
    const { best } = await trainer.fit();
    using plain = new Trainer(other, { ...still, epochs: 1 });
    const loop = await plain.begin();
    const raw = await loop.validate();
    await loop.measureStatistics();
    expect((await loop.validate()).loss).toBeCloseTo(best?.validation?.loss as number, 5);
    expect(Math.abs(raw.loss - (best?.validation?.loss as number))).toBeGreaterThan(1e-3);
  });

  it("says when validation loses more because of them, and only then", async () => {
    const lag = async (factor: number) => {
      using network = await create();
      const off = [...(await network.stateDict())].filter(([name]) => factor > 1 && name.endsWith("running_var"));
      for (const [, { data }] of off) for (const [i, value] of data.entries()) data[i] = factor * value;
      if (off.length > 0) await network.loadStateDict(off, { strict: false });
      const events: TrainEvent[] = [];
      using trainer = new Trainer(network, { ...quick, train, validation, accumulation: 1, epochs: 4 });
      await trainer.fit({ onEvent: (event) => events.push(event) });
      return events.filter((event) => event.type === "statistics");
    };
    const found = await lag(1000);
    expect(found.length).toBeGreaterThan(0);
    for (const { images, batchLoss, runningLoss } of found) {
      expect(images).toBe(4);
      expect(runningLoss).toBeGreaterThan(1.1 * batchLoss);
    }
    expect(await lag(1)).toEqual([]);
  });
});
