import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { Model } from "../../lib/model.js";
import { Trainer, type TrainerOptions } from "../../lib/trainer.js";
import { discs, quick, temporary } from "./toy.js";

const [train, validation] = [discs(8, 64, 1), discs(4, 64, 2)];
const folder = temporary();
const random = { ...quick, train, validation, epochs: 2, augment: { elastic: 0.8, brightnessContrast: 0.8 } } as const;
const model = () => Model.create({ encoder: "efficientnet-b0", seed: 5, dropConnectRate: 0.3 });

const hashes = (network: Model, filter = (_: string) => true) =>
  Object.fromEntries(
    [...network.stateDict()]
      .filter(([name]) => filter(name))
      .map(([name, { data }]) => [name, createHash("sha1").update(data).digest("base64")]),
  );

/** Without what a clock says. */
const timeless = (event: unknown): unknown =>
  JSON.parse(JSON.stringify(event, (key, value) => (key === "time" || key === "seconds" ? undefined : value)));

/** Trains to the end, or to the step after which it stops; gives the events without their times, and the weights. */
async function run(options: Partial<TrainerOptions> = {}, stopAfter = Number.POSITIVE_INFINITY) {
  using network = await model();
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
  return { events: events.map(timeless), weights: hashes(network) };
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

describe("an encoder frozen for the first epoch", () => {
  it("keeps its weights and running statistics in it, and then learns; the rest learns from the first step", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...random, frozenEncoderEpochs: 1 });
    const before = hashes(network);
    const seen: Record<string, string>[] = [];
    const loop = await trainer.begin();
    const order = [...train.files.keys()];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of loop.batches(order)) await loop.step(batch);
      seen.push(hashes(network));
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
