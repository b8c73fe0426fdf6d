import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import type { ModelOptions } from "../../lib/index.js";
import { Model } from "../../lib/model/model.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "./toy.js";

const [train, validation] = [discs(8, 64, 1), discs(4, 64, 2)];
const folder = temporary();
const random = { ...quick, train, validation, epochs: 2, augment: { elastic: 0.8, brightnessContrast: 0.8 } } as const;
const model = (network: ModelOptions = { encoder: "efficientnet-b0" }) =>
  Model.create({ seed: 5, dropConnectRate: 0.3, ...network });

const hashes = async (network: Model, filter = (_: string) => true) =>
  Object.fromEntries(
    [...(await network.stateDict())]
      .filter(([name]) => filter(name))
      .map(([name, { data }]) => [name, createHash("sha1").update(data).digest("base64")]),
  );

/** Without what a clock says. */
const timeless = (event: unknown): unknown =>
  JSON.parse(JSON.stringify(event, (key, value) => (key === "time" || key === "seconds" ? undefined : value)));

/** Trains to the end, or to the step after which it stops; gives the events without their times, and the weights. */
async function run(
  options: Partial<TrainerOptions> = {},
  stopAfter = Number.POSITIVE_INFINITY,
  of: ModelOptions | undefined = undefined,
) {
  using network = await model(of);
  using trainer = new Trainer(network, { ...random, ...options });
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const onEvent = (event: TrainEvent) => {
    events.push(event);
    if (event.type === "step" && event.step === stopAfter) stop.abort(new Error("stop"));
  };
  await trainer.fit({ signal: stop.signal, onEvent }).catch((error: Error) => {
    if (error.message !== "stop") throw error;
  });
  return { events: events.map(timeless), weights: await hashes(network) };
}

describe("the same seed, settings and data", () => {
  it("give the same run, bit for bit, with every kind of chance in it", async () => {
    const first = await run();
    expect(first.events.length).toBeGreaterThan(8);
    expect(await run()).toEqual(first);
    expect((await run({ deterministic: true })).weights).toEqual(first.weights);
    expect((await run({ seed: 8 })).weights).not.toEqual(first.weights);
  });
});

describe("a run that was stopped and resumed", () => {
  // So strict that there are outliers and rollbacks, and what they keep is needed again.
  const monitor = {
    rollback: true,
    rollbackDrop: 0.01,
    outlierMinimum: 1,
    madFloor: 1e-6,
    outlierThreshold: 0.1,
    acceptAfter: 2,
  };
  const [whole, epochs] = [join(folder, "whole"), 3];
  let expected: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    expected = await run({ runFolder: whole, epochs, monitor });
  });

  it.each([
    ["in the middle of an accumulation", 4],
    ["in the middle of an epoch", 5],
    ["at the end of an epoch", 7],
  ])("%s ends as if it had never been", async (_, after) => {
    const parts = join(folder, `parts-${after}`);
    await run({ runFolder: parts, epochs, monitor }, after);
    const resumed = await run({ runFolder: parts, epochs, monitor, resume: true });
    expect(resumed.weights).toEqual(expected.weights);
    const read = (run: string, file: string) => readFileSync(join(run, file));
    const log = (run: string) => {
      const lines = read(run, "metrics.jsonl").toString().replaceAll(run, "").trim().split("\n");
      return lines.map((line) => timeless(JSON.parse(line)));
    };
    expect(log(parts)).toEqual(log(whole));
    for (const file of ["checkpoint-last.safetensors", "checkpoint-last.safetensors.state", "checkpoint-best.safetensors"]) {
      expect(read(parts, file).equals(read(whole, file)), file).toBe(true);
    }
  });
});

describe("a network of another kind", () => {
  const own = { architecture: "multiscale-attention-unet", width: 8, dropConnectRate: undefined, dropout: 0.3 } as const;
  it.each<[string, ModelOptions, number]>([
    ["other-encoder", { encoder: "efficientnet-lite0", architecture: "unet" }, 300],
    ["own-encoder", own, 200],
  ])("ends in the same weights after a stop as without: %s", async (name, network, entries) => {
    const never = Number.POSITIVE_INFINITY;
    const runFolder = join(folder, name);
    const expected = await run({}, never, network);
    await run({ runFolder }, 3, network);
    const resumed = await run({ runFolder, resume: true }, never, network);
    expect(Object.keys(resumed.weights).length).toBeGreaterThan(entries);
    expect(resumed.weights).toEqual(expected.weights);
  });
});

describe("a run of another build of the program", () => {
  it("is gone on with, and the rebuild is said and noted; options that it could not know have their defaults", async () => {
    const runFolder = join(folder, "rebuilt");
    const expected = await run({ runFolder });
    const stopped = join(folder, "rebuilt-stopped");
    await run({ runFolder: stopped }, 1);
    const file = join(stopped, "config.json");
    const config = JSON.parse(readFileSync(file, "utf8"));
    expect(config.build).toMatch(/^[0-9a-f]{16}$/);
    const build = "0123456789abcdef";
    // As it was written before the focal term, with the names that weights had then.
    const { dice, bce, tversky, boundary, focal: _, focalGamma: _gamma, focalAlpha: _alpha, ...others } = config.train.loss;
    const loss = { diceWeight: dice, bceWeight: bce, tverskyWeight: tversky, boundaryWeight: boundary, ...others };
    const { lossWeights: _weights, ...train } = config.train;
    writeFileSync(file, JSON.stringify({ ...config, build, train: { ...train, loss } }));

    const { events, weights } = await run({ runFolder: stopped, resume: true });
    const said = `build was "${build}" and is "${config.build}" (the program was rebuilt: other code may give other numbers)`;
    expect(events[0]).toMatchObject({ type: "start", resumed: true, differences: [said] });
    expect(weights).toEqual(expected.weights);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(config);
    const sessions = readFileSync(join(stopped, "sessions.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(sessions[1] as string)).toMatchObject({ build: config.build, differences: [said] });
  });
});

describe("an encoder frozen for the first epoch", () => {
  it("keeps its weights and running statistics in it, and then learns; the rest learns from the first step", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...random, frozenEncoderEpochs: 1 });
    const before = await hashes(network);
    const seen: Record<string, string>[] = [];
    const loop = await trainer.begin();
    const order = [...train.files.keys()];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of loop.batches(order)) await loop.step(batch);
      seen.push(await hashes(network));
    }
    const moved = (to: Record<string, string> | undefined, part: string) =>
      Object.keys(before).filter((name) => name.startsWith(part) && to?.[name] !== before[name]).length;
    expect(moved(seen[0], "encoder.")).toBe(0);
    expect(moved(seen[0], "decoder.")).toBeGreaterThan(100);
    expect(moved(seen[1], "encoder.")).toBeGreaterThan(250);
  });

  it("is resumed in its frozen state", async () => {
    const options = { epochs: 2, frozenEncoderEpochs: 1, optimizer: { encoderLearningRateFactor: 0.1 } };
    const expected = await run(options);
    await run({ ...options, runFolder: join(folder, "frozen") }, 1);
    expect((await run({ ...options, runFolder: join(folder, "frozen"), resume: true })).weights).toEqual(expected.weights);
  });
});
