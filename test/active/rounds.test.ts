import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { epochsOf } from "../../lib/active/options.js";
import { countOf, initialPool, PoolSampler } from "../../lib/active/pool.js";
import type { ActiveRound } from "../../lib/active/record.js";
import { native } from "../../lib/addon/load.js";
import {
  type ActiveEvent,
  type ActiveLearningOptions,
  Dataset,
  Model,
  Predictor,
  runActiveLearning,
  synthesize,
} from "../../lib/index.js";
import { writeOutput } from "../../lib/system/output-file.js";
import { temporary } from "../temporary.js";
import { statisticsOf } from "../train/toy.js";

native().setThreads(1);
let [train, validation]: Dataset[] = [];
beforeAll(async () => {
  const folder = temporary();
  await synthesize(folder, { images: 16, size: 32, seed: 4, validation: 0.25, emptyShare: 0.3 });
  [train, validation] = [await Dataset.open(join(folder, "train")), await Dataset.open(join(folder, "val"))];
});

const options = (more: Partial<ActiveLearningOptions> = {}): ActiveLearningOptions => ({
  ...{ train: train as Dataset, validation: validation as Dataset, folder: join(temporary(), "rounds") },
  ...{
    model: { architecture: "attention-unet", width: 4, dropout: 0.3 } as const,
    rounds: 3,
    initial: 3,
    acquire: 2,
    passes: 3,
    uncertainQuantile: 0.5,
  },
  trainer: { epochs: 4, batch: 4, accumulation: 1, device: "cpu", seed: 5, schedule: { maxLearningRate: 3e-3 } },
  ...more,
});

/** A round without what depends on the clock. */
function timeless(rounds: readonly ActiveRound[]) {
  return rounds.map(({ seconds: _training, uncertainty, ...round }) => ({
    ...round,
    uncertainty: uncertainty && { ...uncertainty, seconds: 0 },
  }));
}

describe("rounds of active learning", () => {
  it("train on a pool that the least sure images join, and record each round", async () => {
    const events: ActiveEvent[] = [];
    const asked = options({ onEvent: (event) => void events.push(event) });
    const { rounds, weights } = await runActiveLearning(asked);
    expect(rounds.map(({ pool, joined, acquired }) => [pool, joined.length, acquired.length])).toEqual([
      [3, 3, 2],
      [5, 2, 2],
      [7, 2, 0],
    ]);
    expect(rounds[1]?.joined).toEqual(rounds[0]?.acquired);
    const all = rounds.flatMap(({ joined }) => joined.map(({ index }) => index));
    expect(new Set(all).size).toBe(7);
    for (const { validation: scores, uncertainty, pool } of rounds) {
      expect(scores).toMatchObject({ loss: expect.any(Number) });
      expect(uncertainty).toMatchObject({ images: (train as Dataset).length - pool, measure: "entropy", quantile: 0.5 });
      expect(uncertainty?.meanEntropy).toBeGreaterThan(0);
      expect(uncertainty?.backgroundShare).toBeGreaterThanOrEqual(0);
    }
    const lines = readFileSync(join(asked.folder, "rounds.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(rounds)));
    expect(existsSync(weights)).toBe(true);
    expect(events.filter(({ type }) => type === "round")).toHaveLength(3);

    // What was acquired after the first round are the images of which its network is least sure.
    using model = await Model.load(join(asked.folder, rounds[0]?.weights as string));
    const outside = (train as Dataset).files.map(({ image }, index) => ({ image, index }));
    const pool = new Set(rounds[0]?.joined.map(({ index }) => index));
    const scores: { index: number; entropy: number }[] = [];
    for (const { index } of outside.filter((one) => !pool.has(one.index))) {
      const { image } = await (train as Dataset).at(index).pixels();
      const { meanEntropy } = await new Predictor(model).uncertainty(image, { passes: 3, seed: 5 + 1 });
      scores.push({ index, entropy: meanEntropy });
    }
    const least = scores.toSorted((a, b) => b.entropy - a.entropy).slice(0, 2);
    expect(rounds[0]?.acquired.map(({ index, meanEntropy }) => ({ index, entropy: meanEntropy }))).toEqual(least);
  });

  it("take the steps of one training on all images together, and each round begins at the weights of the one before", async () => {
    const [steps, starts]: [number[], unknown[]] = [[], []];
    const asked = options({
      onEvent: (event) => {
        if (event.type === "train" && event.event.type === "step") steps.push(event.round);
        if (event.type === "train" && event.event.type === "start") starts.push(event.event.totalSteps);
      },
    });
    const { rounds } = await runActiveLearning(asked);
    expect(steps).toHaveLength(4 * Math.ceil((train as Dataset).length / 4));
    expect(starts).toEqual(rounds.map((round) => round.steps));
    const start = (round: number) =>
      (JSON.parse(readFileSync(join(asked.folder, `round-${round}`, "config.json"), "utf8")) as { start: string }).start;
    expect([start(1), start(2)]).toEqual(["random", join(asked.folder, rounds[0]?.weights as string)]);
    const anew = options({ start: "anew", rounds: 2 });
    await runActiveLearning(anew);
    expect(JSON.parse(readFileSync(join(anew.folder, "round-2", "config.json"), "utf8"))).toMatchObject({ start: "random" });
  });

  it.each([
    { by: "bald", pseudoWeight: 0.5, pseudoConfidence: 0.55 },
    { by: "random", start: "anew" },
  ] as const)("go on after a stop in the middle of a round with the same result: %j", async (kind) => {
    const whole = await runActiveLearning(options(kind));
    const stop = new AbortController();
    const reason = new Error("enough");
    let steps = 0;
    const asked = options(kind);
    const stopped = runActiveLearning({
      ...asked,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "train" && event.event.type === "step" && event.round === 2 && ++steps === 2) stop.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
    const resumed = await runActiveLearning(asked);
    expect(timeless(resumed.rounds)).toEqual(timeless(whole.rounds));
    const [a, b] = await Promise.all(
      [whole, resumed].map(async ({ weights }) => {
        using model = await Model.load(weights);
        return model.stateDict();
      }),
    );
    expect(b).toEqual(a);
    // A kill before the round's first checkpoint.
    rmSync(join(asked.folder, "round-3"), { recursive: true });
    const lines = readFileSync(join(asked.folder, "rounds.jsonl"), "utf8").split("\n");
    cpSync(asked.folder, `${asked.folder}-killed`, { recursive: true });
    await writeOutput(join(`${asked.folder}-killed`, "rounds.jsonl"), `${lines.slice(0, 2).join("\n")}\n`);
    const killed = await runActiveLearning({ ...asked, folder: `${asked.folder}-killed` });
    expect(timeless(killed.rounds)).toEqual(timeless(whole.rounds));
    const again = await runActiveLearning(asked);
    expect(again.rounds, "and nothing is done twice").toEqual(resumed.rounds);
  });

  it("give images outside of the pool the labels that the round before is confident of", async () => {
    const { rounds } = await runActiveLearning(options({ pseudoWeight: 0.5, pseudoConfidence: 0.55 }));
    expect(rounds[0]?.pseudo).toBeNull();
    for (const { pseudo, pool } of rounds.slice(1)) {
      expect(pseudo?.images).toBeGreaterThan(0);
      expect(pseudo?.images).toBeLessThanOrEqual((train as Dataset).length - pool);
      expect(pseudo?.pixels).toBeGreaterThan(0);
      expect(pseudo?.pixels).toBeLessThanOrEqual(1);
    }
  });

  it("by chance look at no image, and need no dropout", async () => {
    const asked = options({ by: "random", model: { architecture: "attention-unet", width: 4 }, rounds: 2 });
    const { rounds } = await runActiveLearning(asked);
    expect(rounds.map(({ uncertainty, acquired }) => [uncertainty, acquired.length])).toEqual([
      [null, 2],
      [null, 0],
    ]);
  });

  it("are refused with other options than they began with, and over a file of the user's", async () => {
    const asked = options({ by: "random", rounds: 1 });
    await runActiveLearning(asked);
    await expect(runActiveLearning({ ...asked, acquire: 3 })).rejects.toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringMatching(/began with other options/),
    });
    const taken = temporary();
    writeFileSync(join(taken, "rounds.jsonl"), "mine");
    await expect(runActiveLearning(options({ folder: taken }))).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
    expect(readFileSync(join(taken, "rounds.jsonl"), "utf8")).toBe("mine");
  });

  it.each([
    [{ roundz: 3 }, /did you mean "rounds"/i],
    [{ initial: 1.5 }, /initial is 1\.5/],
    [{ pseudoConfidence: 0.5 }, /pseudoConfidence/],
    [{ rounds: 9 }, /4 epochs cannot be divided into 9 rounds/],
    [{ model: { architecture: "attention-unet" } }, /no dropout/],
    [{ trainer: { epochs: 4, minutes: 3 } }, /minutes/],
    [{ trainer: { epochs: 4, loss: () => ({ value: 0, gradient: new Float32Array() }) }, pseudoWeight: 1 }, /loss function/],
  ])("are refused before any work: %o", async (wrong, message) => {
    const asked = options(wrong as unknown as Partial<ActiveLearningOptions>);
    await expect(runActiveLearning(asked)).rejects.toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringMatching(message),
    });
    expect(existsSync(asked.folder)).toBe(false);
  });
});

describe("the pool", () => {
  const masks = Array.from({ length: 20 }, (_, i) => statisticsOf(i % 4 === 0 ? 30 : 0));
  const cells = (pool: number[]) => pool.filter((i) => i % 4 === 0).length;

  it("begins with like shares of images with and without cells, at least one with cells, as the seed draws them", () => {
    for (let seed = 0; seed < 20; seed++) {
      const pool = initialPool({ maskStatistics: masks }, 8, seed);
      expect([new Set(pool).size, cells(pool)]).toEqual([8, 2]);
      expect(cells(initialPool({ maskStatistics: masks }, 1, seed))).toBe(1);
      expect(initialPool({ maskStatistics: masks }, 8, seed)).toEqual(pool);
    }
    expect(initialPool({ maskStatistics: masks }, 20, 1)).toEqual(masks.map((_, i) => i));
  });

  it("counts shares up to 1 and images above", () => {
    expect([countOf(0.2, 21), countOf(1, 21), countOf(5, 21), countOf(50, 21), countOf(0.001, 21)]).toEqual([4, 21, 5, 21, 1]);
  });

  it("draws an epoch of the whole set's length, each image as often as every other, give or take once", () => {
    const sampler = new PoolSampler(3, 10, 7);
    const counts = [0, 1, 2].map((image) => sampler.draw(1).filter((index) => index === image).length);
    expect(counts.toSorted()).toEqual([3, 3, 4]);
    expect(sampler.draw(1)).toEqual(sampler.draw(1));
    expect(sampler.draw(1)).not.toEqual(sampler.draw(2));
    const weighed = new PoolSampler(3, 1000, 7, Float64Array.of(0, 1, 3)).draw(0);
    expect(weighed.filter((index) => index === 0)).toHaveLength(0);
    expect(weighed.filter((index) => index === 2).length / 1000).toBeCloseTo(0.75, 1);
  });

  it("divides the epochs as evenly as it can, the later rounds longer", () => {
    expect(epochsOf(17, 5)).toEqual([3, 3, 3, 4, 4]);
  });
});
