import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { StepResult } from "../../lib/addon/contract.js";
import { native } from "../../lib/addon/load.js";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Model } from "../../lib/model/model.js";
import { Sampler } from "../../lib/train/sampler.js";
import { Trainer } from "../../lib/train/trainer.js";

const folder = process.env.ACINUS_TEST_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const absent = !existsSync(folder);
if (absent) console.log(`${folder} is not there: nothing is tested on real images.`);

/** Mean losses of the first and of the last third of some steps on crops of 64 px, and everything they reported. */
async function fewSteps(
  train: Dataset,
  validation: Dataset,
  count: number,
): Promise<{ before: number; after: number; steps: StepResult[] }> {
  native().setThreads(2);
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  const config = { batch: 4, accumulation: 1, cropSize: 64, seed: 1, device: "cpu", epochs: 1 } as const;
  using trainer = new Trainer(model, { ...config, train, validation, schedule: { maxLearningRate: 1e-3 } });
  const loop = await trainer.begin();
  const order = Sampler.byComplexity(train).draw(0);
  const steps: StepResult[] = [];
  const twice = Array.from({ length: Math.ceil((4 * count) / order.length) }, () => [...order]).flat();
  for (const batch of loop.batches(twice.slice(0, 4 * count))) steps.push(await loop.step(batch));
  const third = Math.floor(count / 3);
  const mean = (some: StepResult[]) => some.reduce((sum, { loss }) => sum + loss, 0) / some.length;
  return { before: mean(steps.slice(0, third)), after: mean(steps.slice(-third)), steps };
}

function expectLearning({ before, after, steps }: Awaited<ReturnType<typeof fewSteps>>): void {
  for (const { loss, gradientNorm, skipped } of steps) {
    expect([Number.isFinite(loss), Number.isFinite(gradientNorm), skipped]).toEqual([true, true, false]);
  }
  expect(after, `mean loss ${before} before`).toBeLessThan(0.95 * before);
}

describe.skipIf(absent)("fluorescence tiles of many laboratories", () => {
  it("open with their numbers, without a copy in both sets, and are learnt from", async () => {
    using train = await Dataset.open(`${folder}/dsb-fluo/train`);
    using validation = await Dataset.open(`${folder}/dsb-fluo/val`);
    expect([train.length, validation.length]).toEqual([599, 130]);
    for (const set of [train, validation]) {
      const share = set.maskStatistics.filter((mask) => (mask?.area ?? 0) > 0).length / set.length;
      expect(Math.abs(share - 0.4)).toBeLessThan(0.01);
    }
    expectLearning(await fewSteps(train, validation, 15));
  });
});

describe.skipIf(absent)("H&E images of eight patients", () => {
  it("open with their numbers, split by patients, and are learnt from", async () => {
    using set = await Dataset.open(`${folder}/tnbc`, { group: /^\d+/ });
    expect(set.length).toBe(37);
    const patients = (part: Dataset) => new Set(part.files.map(({ image }) => /^\d+/.exec(basename(image))?.[0] as string));
    expect(patients(set).size).toBe(8);
    for (let seed = 0; seed < 10; seed++) {
      const { train, validation } = set.split({ validation: 0.2, seed });
      expect(train.length + validation.length).toBe(37);
      const sides = [patients(train), patients(validation)] as const;
      expect([...sides[0]].filter((patient) => sides[1].has(patient))).toEqual([]);
      expect(sides[0].size + sides[1].size).toBe(patients(set).size);
    }
    const { train, validation } = set.split({ validation: 0.2, seed: 1 });
    expectLearning(await fewSteps(train, validation, 15));
  });
});
