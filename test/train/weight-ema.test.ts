import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainEvent } from "../../lib/addon/contract.js";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { settle } from "../../lib/addon/job.js";
import { Evaluator } from "../../lib/evaluate/evaluator.js";
import { Model } from "../../lib/model/model.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import { type Entry, taken } from "../io/files.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "./toy.js";

const [train, validation] = [discs(6, 32, 1), discs(3, 32, 2)];
const folder = temporary();
const model = () => Model.create({ encoder: "efficientnet-b0", seed: 5 });
const decay = 0.25; // reached after two steps: (1 + t) / (10 + t) is 0.1, 0.18, 0.25
const options = { ...quick, train, validation, monitor: { weightEma: decay } } satisfies TrainerOptions;
const watched = [
  "encoder._conv_stem.weight",
  "encoder._bn0.running_var",
  "decoder.blocks.x_0_0.conv1.0.weight",
  "segmentation_head.0.bias",
];

/** The entries `prefix`NAME of a safetensors file, float32. */
function entries(file: string, prefix: string): Record<string, number[]> {
  const { header, data } = taken(readFileSync(file));
  return Object.fromEntries(
    watched.map((name) => {
      const [begin, end] = (header[`${prefix}${name}`] as Entry).data_offsets;
      return [name, Array.from({ length: (end - begin) / 4 }, (_, i) => data.readFloatLE(begin + 4 * i))];
    }),
  );
}
async function values(network: Model): Promise<Record<string, number[]>> {
  const read = await settle(() => network[segmenterHandle].read(watched));
  return Object.fromEntries(watched.map((name, i) => [name, Array.from(read[i] as Float32Array)]));
}

describe("the average of the weights", () => {
  it("is the moving average of the weights after every optimizer step, running statistics included", async () => {
    using network = await model();
    using trainer = new Trainer(network, { ...options, epochs: 2, runFolder: join(folder, "steps") });
    const loop = await trainer.begin();
    const average = await values(network);
    let steps = 0;
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of loop.batches([0, 1, 2, 3, 4, 5])) {
        if ((await loop.step(batch)).gradientNorm === null) continue;
        const d = Math.min(decay, (1 + steps) / (10 + steps++));
        for (const [name, now] of Object.entries(await values(network))) {
          average[name] = now.map((value, i) => d * (average[name]?.[i] as number) + (1 - d) * value);
        }
      }
    }
    expect(steps).toBe(4);
    const state = entries(`${await loop.checkpoint("end")}.state`, "average.");
    for (const name of watched) {
      average[name]?.forEach((expected, i) => {
        const found = state[name]?.[i] as number;
        expect(Math.abs(found - expected), `${name}[${i}]`).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
      });
      expect(state[name]).not.toEqual((await values(network))[name]);
    }
  });

  it("is what is validated, and what checkpoint-best holds", async () => {
    const runFolder = join(folder, "fit");
    using network = await model();
    using trainer = new Trainer(network, { ...options, epochs: 1, restoreBest: false, runFolder });
    let dice = Number.NaN;
    const onEvent = (event: TrainEvent) => {
      if (event.type === "epoch") dice = event.validation?.dicePerImage as number;
    };
    await trainer.fit({ onEvent });
    using best = await Model.load(join(runFolder, "checkpoint-best.safetensors"));
    expect(await values(best)).toEqual(entries(join(runFolder, "checkpoint-last.safetensors.state"), "average."));
    expect(await values(network)).toEqual(entries(join(runFolder, "checkpoint-last.safetensors"), ""));
    const scores = await new Evaluator(best, { batch: 8 }).evaluate(validation);
    expect(scores.dicePerImage.value).toBeCloseTo(dice, 12);
  });

  it("goes on after a resume as if the run had not stopped", async () => {
    const order = [0, 1, 2, 3, 4, 5];
    using network = await model();
    using trainer = new Trainer(network, { ...options, epochs: 2, runFolder: join(folder, "whole") });
    const loop = await trainer.begin();
    for (const batch of loop.batches(order)) await loop.step(batch);
    const middle = await loop.checkpoint("middle");
    for (const batch of loop.batches(order)) await loop.step(batch);
    const whole = entries(`${await loop.checkpoint("end")}.state`, "average.");

    using again = await Model.create({ encoder: "efficientnet-b0", seed: 99 });
    using other = new Trainer(again, { ...options, epochs: 2, runFolder: join(folder, "resumed") });
    await other.resume(middle);
    const rest = await other.begin();
    for (const batch of rest.batches(order, 1)) await rest.step(batch);
    expect(entries(`${await rest.checkpoint("end")}.state`, "average.")).toEqual(whole);
    expect(whole).not.toEqual(entries(`${middle}.state`, "average."));
  });

  it("is refused where the checkpoint has none", async () => {
    using network = await model();
    using plain = new Trainer(network, { ...options, monitor: {}, epochs: 1, runFolder: join(folder, "plain") });
    const file = await (await plain.begin()).checkpoint("start");
    using averaging = new Trainer(network, { ...options, epochs: 1, runFolder: join(folder, "averaging") });
    await expect(averaging.resume(file)).rejects.toMatchObject({ code: "ACINUS_CHECKPOINT" });
  });
});
