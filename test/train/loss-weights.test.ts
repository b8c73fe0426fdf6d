import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { StepResult, TrainEvent } from "../../lib/addon/contract.js";
import { Model } from "../../lib/model/model.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import type { TrainingLoop } from "../../lib/train/training-loop.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "./toy.js";

const [train, validation] = [discs(4, 64, 1), discs(2, 64, 2)];
const folder = temporary();
const model = () => Model.create({ encoder: "efficientnet-b0", seed: 5 });
const base = { ...quick, train, validation, epochs: 3 };

/** Trains to the end, or to the step after which it stops. */
async function trained(options: Partial<TrainerOptions>, stopAfter = Number.POSITIVE_INFINITY) {
  using network = await model();
  using trainer = new Trainer(network, { ...base, ...options });
  const stop = new AbortController();
  const steps: StepResult[] = [];
  const epochs: Extract<TrainEvent, { type: "epoch" }>[] = [];
  const onEvent = (event: TrainEvent) => {
    if (event.type === "epoch") epochs.push(event);
    if (event.type === "step") steps.push(event);
    if (event.type === "step" && event.step === stopAfter) stop.abort(new Error("stop"));
  };
  await trainer.fit({ signal: stop.signal, onEvent }).catch((error: Error) => {
    if (error.message !== "stop") throw error;
  });
  return { steps, epochs };
}

const logged = (run: string) => {
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").replaceAll(run, "").trim().split("\n");
  return lines.map((line) => JSON.parse(line, (key, value) => (key === "time" || key === "seconds" ? undefined : value)));
};

const ramp = (epoch: number) => ({ dice: 1 - epoch / 4, boundary: epoch / 100 });
const paper = { bce: 0.3, tversky: 0.2, focal: 0 };

describe("weights of the loss by epoch", () => {
  it("weigh the terms of their epoch, are told by the first step that has them, and survive a stop", async () => {
    const runFolder = join(folder, "whole");
    const { steps, epochs } = await trained({ lossWeights: ramp, runFolder });
    expect(steps.map(({ lossWeights }) => lossWeights)).toEqual([
      { ...paper, dice: 1, boundary: 0 },
      undefined,
      { ...paper, dice: 0.75, boundary: 0.01 },
      undefined,
      { ...paper, dice: 0.5, boundary: 0.02 },
      undefined,
    ]);
    for (const { loss, terms, epoch } of steps) {
      const weights: Record<string, number> = { ...paper, ...ramp(epoch) };
      const sum = Object.entries(terms).reduce((total, [name, value]) => total + (weights[name] as number) * value, 0);
      expect(Math.abs(loss / sum - 1)).toBeLessThan(1e-5);
      expect("boundary" in terms).toBe(epoch > 0);
    }
    for (const { epoch, terms } of epochs) {
      const [a, b] = steps.filter((step) => step.epoch === epoch);
      for (const [name, mean] of Object.entries(terms))
        expect(mean).toBeCloseTo(((a?.terms[name] as number) + (b?.terms[name] as number)) / 2, 12);
    }
    const config = JSON.parse(readFileSync(join(runFolder, "config.json"), "utf8"));
    expect(config.train.lossWeights).toEqual([0, 1, 2].map(ramp));

    for (const after of [2, 3]) {
      const parts = join(folder, `parts-${after}`);
      await trained({ lossWeights: ramp, runFolder: parts }, after);
      await trained({ lossWeights: ramp, runFolder: parts, resume: true });
      expect(logged(parts)).toEqual(logged(runFolder));
    }
  });

  it("may be a list, whose last entry holds to the end; other weights in epochs of both runs end a resumption, a longer run does not", async () => {
    const runFolder = join(folder, "list");
    const list = [{ boundary: 0.01 }, { boundary: 0.02 }];
    const { steps } = await trained({ lossWeights: list, runFolder, epochs: 3 });
    expect(steps.map(({ lossWeights }) => lossWeights?.boundary)).toEqual([0.01, undefined, 0.02, ...Array(3).fill(undefined)]);
    const other = trained({ lossWeights: [{ boundary: 0.01 }, { boundary: 0.03 }], runFolder, resume: true });
    await expect(other).rejects.toThrow("train.lossWeights was");
    const longer = (epoch: number) => ({ boundary: epoch === 0 ? 0.01 : epoch < 3 ? 0.02 : 0.05 });
    const resumed = await trained({ lossWeights: longer, runFolder, resume: true, epochs: 4 });
    expect(resumed.steps.map(({ lossWeights }) => lossWeights?.boundary)).toEqual([0.05, undefined]);
  });

  it.each<[string, TrainerOptions["lossWeights"], string]>([
    ["an unknown term", [{ bowndary: 1 } as never], 'has no option "bowndary"; did you mean "boundary"?'],
    ["a weight below 0", () => ({ dice: -1 }), "lossWeights(0).dice is -1"],
    [
      "no weight at all",
      [{ dice: 1 }, { dice: 0, bce: 0, tversky: 0 }],
      "lossWeights of epoch 1 leaves no term of the loss a weight",
    ],
    ["neither list nor function", 7 as never, "must be a list of weights, or a function"],
  ])("are refused before the first step: %s", async (_, lossWeights, message) => {
    using network = await model();
    expect(() => new Trainer(network, { ...base, lossWeights })).toThrow(message);
  });
});

describe("setLossWeights of the loop in the hand", () => {
  const batch = { epoch: 0, indices: Int32Array.of(0, 1) };

  it("weighs the next steps, keeps what it does not name, and is part of a checkpoint", async () => {
    const loopOf = async (work: (loop: TrainingLoop, trainer: Trainer) => Promise<StepResult[]>, runFolder?: string) => {
      using network = await model();
      using trainer = new Trainer(network, { ...base, epochs: 1, ...(runFolder ? { runFolder } : {}) });
      return await work(await trainer.begin(), trainer);
    };
    const runFolder = join(folder, "hand");
    const whole = await loopOf(async (loop) => {
      const first = await loop.step(batch);
      loop.setLossWeights({ boundary: 0.01, bce: 0 });
      loop.setLossWeights({ focal: 0.5 });
      await loop.checkpoint("weighed");
      return [first, await loop.step(batch), await loop.step(batch)];
    }, runFolder);
    expect(whole.map(({ lossWeights }) => lossWeights)).toEqual([
      undefined,
      { dice: 0.5, bce: 0, tversky: 0.2, focal: 0.5, boundary: 0.01 },
      undefined,
    ]);
    expect(Object.keys(whole[1]?.terms ?? {})).toEqual(["dice", "tversky", "focal", "boundary"]);

    const rest = await loopOf(async (_, trainer) => {
      await trainer.resume(join(runFolder, "checkpoint-weighed.safetensors"));
      const loop = await trainer.begin();
      return [await loop.step(batch), await loop.step(batch)];
    });
    expect(rest).toEqual(whole.slice(1));
  });

  it("refuses weights that are none, and does not come between a trainer and its weights by epoch", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...base, lossWeights: [{ focal: 1 }] });
    const planned = await trainer.begin();
    expect(() => planned.setLossWeights({ focal: 2 })).toThrow("has lossWeights by epoch");
    using other = new Trainer(network, base);
    const loop = await other.begin();
    expect(() => loop.setLossWeights({ dice: -1 })).toThrow("weights.dice is -1");
    expect(() => loop.setLossWeights({ dice: 0, bce: 0, tversky: 0 })).toThrow("leaves no term of the loss a weight");
    expect(Object.keys((await loop.step(batch)).terms)).toEqual(["dice", "bce", "tversky"]);
  });
});
