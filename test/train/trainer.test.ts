import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { Model } from "../../lib/model/model.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "./toy.js";

const [train, validation] = [discs(8, 64, 1), discs(4, 64, 2)];
const folder = temporary();
const model = () => Model.create({ encoder: "efficientnet-b0", seed: 5 });
const of = <T extends TrainEvent["type"]>(events: TrainEvent[], type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

describe("fit", () => {
  it("lowers the loss, reports every step and epoch in order, and fills the run folder", async () => {
    const runFolder = join(folder, "fit");
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 5, accumulation: 1, runFolder });
    const events: TrainEvent[] = [];
    const result = await trainer.fit({ onEvent: (event) => events.push(event) });

    const epochs = of(events, "epoch");
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    expect(epochs[4]?.loss).toBeLessThan(0.8 * (epochs[0]?.loss as number));
    expect(of(events, "step").map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, step) => step));
    expect(of(events, "start")).toEqual([
      { type: "start", epoch: 0, epochs: 5, stepsPerEpoch: 4, totalSteps: 20, images: 8, resumed: false },
    ]);
    for (const { gradientNorm, skipped } of of(events, "step")) {
      expect(gradientNorm).toBeGreaterThan(0);
      expect(skipped).toBe(false);
    }
    expect(result).toMatchObject({ reason: "finished", epoch: 5 });
    expect(events.at(-1)).toEqual({ type: "end", ...result });

    const logged = readFileSync(join(runFolder, "metrics.jsonl"), "utf8").trim().split("\n");
    expect(logged.map((line) => JSON.parse(line))).toEqual(events);
    const config = JSON.parse(readFileSync(join(runFolder, "config.json"), "utf8"));
    expect(config).toMatchObject({
      train: { epochs: 5, precision: "fp32", device: "cpu" },
      model: { encoder: "efficientnet-b0" },
    });
    expect(JSON.parse(readFileSync(join(runFolder, "splits.json"), "utf8")).train).toMatchObject(train.files);
  });

  it("names the best epoch with its own scores and its checkpoint, whose weights the model then holds", async () => {
    const runFolder = join(folder, "best");
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 3, runFolder });
    const events: TrainEvent[] = [];
    const result = await trainer.fit({ onEvent: (event) => events.push(event) });
    const selected = of(events, "epoch").map(({ validation: s }) => ((s?.diceWithCells ?? 0) + (s?.diceMicro ?? 0)) / 2);
    const best = selected.indexOf(Math.max(...selected));
    const checkpoint = join(runFolder, "checkpoint-best.safetensors");
    expect(result.best).toMatchObject({ epoch: best, validation: of(events, "epoch")[best]?.validation, checkpoint });
    expect(result.best?.average).toBeCloseTo(selected[best] as number, 12);
    expect(
      of(events, "checkpoint")
        .filter(({ kind }) => kind === "best")
        .at(-1)?.epoch,
    ).toBe(best);

    using stored = await Model.load(checkpoint);
    expect(stored.config).toEqual(network.config);
    expect(await weights(stored)).toEqual(await weights(network));
  });

  // A learning rate that ruins the network after the first epoch, so that the best epoch is not the last.
  const ruinous = { ...quick, epochs: 3, schedule: { maxLearningRate: 10, pctStart: 0.9 }, optimizer: { gradientClip: 0 } };
  const fitted = async (options: Partial<TrainerOptions>) => {
    const network = await model();
    using trainer = new Trainer(network, { ...ruinous, train, validation, ...options });
    const result = await trainer.fit();
    expect(result.best?.epoch).toBeLessThan(2);
    return { network, result };
  };

  it("leaves the best weights in the model without a run folder too, and the last ones with restoreBest: false", async () => {
    const withFolder = await fitted({ runFolder: join(folder, "restored") });
    const without = await fitted({});
    const last = await fitted({ runFolder: join(folder, "kept"), restoreBest: false });
    using best = await Model.load(withFolder.result.best?.checkpoint as string);
    using end = await Model.load(join(folder, "kept", "checkpoint-last.safetensors"));
    expect(without.result.best?.checkpoint).toBeNull();
    expect(await weights(withFolder.network)).toEqual(await weights(best));
    expect(await weights(without.network)).toEqual(await weights(best));
    expect(await weights(last.network)).toEqual(await weights(end));
    expect(await weights(last.network)).not.toEqual(await weights(best));
    for (const { network } of [withFolder, without, last]) network.close();
  });

  it("gives the same losses for the same seed, and others for another", async () => {
    const losses = async (seed: number) => {
      using network = await model();
      using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, seed });
      const events: TrainEvent[] = [];
      await trainer.fit({ onEvent: (event) => events.push(event) });
      return of(events, "step").map(({ loss }) => loss);
    };
    const first = await losses(1);
    expect(await losses(1)).toEqual(first);
    expect(await losses(2)).not.toEqual(first);
  });

  it("reports the boundary term of each step beside the others where it has a weight, and not at all without", async () => {
    const terms = async (boundary: number) => {
      using network = await model();
      using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, loss: { boundary } });
      const loop = await trainer.begin();
      return loop.step({ epoch: 0, indices: Int32Array.of(0, 1) });
    };
    const [without, beside] = [await terms(0), await terms(0.1)];
    expect(Object.keys(without.terms)).toEqual(["dice", "bce", "tversky"]);
    expect(beside.terms).toEqual({ ...without.terms, boundary: beside.terms.boundary });
    expect(beside.terms.boundary).toBeGreaterThan(1); // an untrained network says 0.5 everywhere: half the mean distance
    expect(beside.loss - without.loss).toBeCloseTo(0.1 * (beside.terms.boundary as number), 5);
  });

  it.each(["bf16", "fp16"] as const)("trains in %s to losses near those of fp32", async (precision) => {
    const losses = async (chosen: "bf16" | "fp16" | "fp32") => {
      using network = await model();
      using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, precision: chosen });
      const events: TrainEvent[] = [];
      await trainer.fit({ onEvent: (event) => events.push(event) });
      return of(events, "step").map(({ loss }) => loss);
    };
    const [half, full] = [await losses(precision), await losses("fp32")];
    half.forEach((loss, i) => {
      expect(Math.abs(loss / (full[i] as number) - 1)).toBeLessThan(0.05);
    });
  });
});

describe("the loop in the hand", () => {
  it("does exactly what fit does", async () => {
    using fitted = await model();
    using trainer = new Trainer(fitted, { ...quick, train, validation, epochs: 2 });
    const events: TrainEvent[] = [];
    await trainer.fit({ onEvent: (event) => events.push(event) });

    using stepped = await model();
    using other = new Trainer(stepped, { ...quick, train, validation, epochs: 2 });
    const loop = await other.begin();
    const { uniformDraw } = (await import("../../lib/addon/load.js")).native().functional;
    const losses: number[] = [];
    const scores: number[] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of loop.batches(uniformDraw(train.length, quick.seed, epoch)))
        losses.push((await loop.step(batch)).loss);
      scores.push((await loop.validate()).dicePerImage);
    }
    expect(losses).toEqual(of(events, "step").map(({ loss }) => loss));
    expect(scores).toEqual(of(events, "epoch").map(({ validation }) => validation?.dicePerImage));
    expect(await weights(stepped)).toEqual(await weights(fitted));
  });

  it("augments a sample the same whatever its place in the batch and whoever comes before it", async () => {
    const loss = async (...batches: number[][]) => {
      // Without drop-connect, whose masks do go by the place, the loss of a batch does not depend on its order.
      using network = await Model.create({ encoder: "efficientnet-b0", seed: 5, dropConnectRate: 0 });
      using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1, accumulation: 8 });
      const loop = await trainer.begin();
      let last = Number.NaN;
      for (const batch of batches) last = (await loop.step({ epoch: 0, indices: Int32Array.from(batch) })).loss;
      return last;
    };
    const usual = await loss([3, 1, 6]);
    for (const order of [
      [6, 3, 1],
      [1, 6, 3],
    ])
      expect(Math.abs((await loss(order)) / usual - 1)).toBeLessThan(1e-5);
    // Other samples before it, in a batch of their own that only accumulates.
    expect(Math.abs((await loss([0, 7], [3, 1, 6])) / usual - 1)).toBeLessThan(1e-5);
    // A second draw of the same images in one epoch is augmented anew: the losses do depend on augmentation.
    expect(Math.abs((await loss([3, 1, 6], [3, 1, 6])) / usual - 1)).toBeGreaterThan(1e-3);
  });

  it("refuses a second call while one is at work, a closed loop, and an image that is not there", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 1 });
    const loop = await trainer.begin();
    const [batch] = loop.batches([0, 1]);
    const first = loop.step(batch as NonNullable<typeof batch>);
    await expect(loop.validate()).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
    await first;
    const missing = { epoch: 0, indices: Int32Array.of(8) };
    await expect(loop.step(missing)).rejects.toThrow("has no image 8");
    await expect(loop.checkpoint("x")).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    loop.close();
    await expect(loop.validate()).rejects.toMatchObject({ code: "ACINUS_CLOSED" });
  });
});

describe("run", () => {
  it("gives the events as they happen, and leaving its loop stops training with a checkpoint", async () => {
    const runFolder = join(folder, "run");
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 50, runFolder });
    const seen: string[] = [];
    for await (const event of trainer.run()) {
      seen.push(event.type);
      if (event.type === "step" && event.step === 2) break;
    }
    expect(seen).toEqual(["start", "step", "step", "step"]);
    const logged = readFileSync(join(runFolder, "metrics.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(logged.at(-1) as string)).toMatchObject({ type: "end", reason: "stopped" });
    using saved = await Model.load(join(runFolder, "checkpoint-last.safetensors"));
    expect(await weights(saved)).toEqual(await weights(network));
  });

  it("throws the reason of an abort after the last event", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 50 });
    const controller = new AbortController();
    const seen: string[] = [];
    const run = async () => {
      for await (const event of trainer.run({ signal: controller.signal })) {
        seen.push(event.type);
        if (event.type === "step") controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(seen.at(-1)).toBe("end");
  });

  it("stops training and rejects with what a listener throws", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...quick, train, validation, epochs: 50 });
    const onEvent = () => {
      throw new Error("a bug in the listener");
    };
    await expect(trainer.fit({ onEvent })).rejects.toThrow("a bug in the listener");
  });
});

async function weights(network: Model): Promise<Map<string, unknown>> {
  return new Map(
    [...(await network.stateDict())].map(([name, { data }]) => [name, Buffer.from(data.buffer).toString("base64")]),
  );
}
