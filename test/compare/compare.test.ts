import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { type CompareEvent, type CompareOptions, compare, Dataset, scorePredictions, synthesize } from "../../lib/index.js";
import { temporary } from "../temporary.js";

native().setThreads(1);
const folder = temporary();
let [data, test]: Dataset[] = [];
beforeAll(async () => {
  await synthesize(folder, { images: 16, size: 64, seed: 4, validation: 0.4, emptyShare: 0.3 });
  [data, test] = [await Dataset.open(join(folder, "train")), await Dataset.open(join(folder, "val"))];
});

const small = {
  encoder: "efficientnet-b0",
  seeds: 1,
  budget: { epochs: 1 },
  model: { width: 4 }, // of those with an encoder of their own
  train: { batch: 4 },
  devices: ["cpu"],
} satisfies Partial<CompareOptions>;

async function run(output: string, options: Partial<CompareOptions>) {
  const events: CompareEvent[] = [];
  const onEvent = (event: CompareEvent) => void events.push(event);
  const comparison = await compare(data as Dataset, { output, test, ...small, onEvent, ...options });
  const steps = events.filter((event) => event.type === "train" && event.event.type === "step").length;
  return { comparison, events, steps };
}
const written = (output: string) =>
  JSON.parse(readFileSync(join(output, "comparison.json"), "utf8")) as Record<string, unknown>;

describe("a comparison", () => {
  const output = join(temporary(), "out");

  it("trains each system, and writes scores, differences and a page that needs no network", async () => {
    const { comparison, steps } = await run(output, { systems: ["unet", "enhanced"] });
    expect(steps).toBe(2 * 2);
    expect(comparison.failures).toEqual([]);
    expect(comparison.rows.map(({ name, paperDice }) => [name, paperDice])).toEqual([
      ["unet", 78.2],
      ["enhanced", 95.5],
    ]);
    for (const { scores, cost, curves, stability } of comparison.rows) {
      expect(scores?.dicePerImage.value).toBeGreaterThanOrEqual(scores?.dicePerImage.low as number);
      expect(cost).toMatchObject({
        parameters: expect.any(Number),
        multiplyAdds: expect.any(Number),
        memory: expect.any(Number),
      });
      expect(curves[0]?.epochs).toHaveLength(1);
      expect(stability?.epochs).toBe(1);
    }
    const paired = comparison.differences.find(({ metric }) => metric === "dicePerImage");
    expect(paired).toMatchObject({ first: "enhanced", second: "unet" });
    const [unet, enhanced] = comparison.rows.map(({ scores }) => scores?.dicePerImage.value as number);
    expect(paired?.value).toBeCloseTo((enhanced as number) - (unet as number), 12);
    expect(written(output)).toMatchObject({ format: "acinus-comparison-1", seeds: [0] });
    const page = readFileSync(join(output, "comparison.html"), "utf8");
    expect(page).toContain("data:image/png;base64,");
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]+"/g, "")).not.toMatch(/https?:|<script|<link|@import|url\(/);
  });

  it("trains nothing twice: not the same again, and not for a change of the scoring alone", async () => {
    const runs = join(output, "runs");
    const before = readdirSync(runs).map((name) => statSync(join(runs, name, "checkpoint-last.safetensors")).mtimeMs);
    const again = await run(output, { systems: ["unet", "enhanced"], ablations: ["tta-off"] });
    expect(again.steps).toBe(0);
    expect(readdirSync(runs).map((name) => statSync(join(runs, name, "checkpoint-last.safetensors")).mtimeMs)).toEqual(before);
    const without = again.comparison.rows.find(({ name }) => name === "tta-off");
    expect(without).toMatchObject({ base: "enhanced", scores: expect.anything() });
    const more = await run(output, { systems: ["unet", "enhanced"], budget: { epochs: 2 } });
    expect(more.steps).toBe(2 * 4); // another budget is another training, beside the first
    expect(readdirSync(runs)).toHaveLength(4);
  });

  it("goes on without what fails, and names it", async () => {
    const loss = () => {
      throw new Error("no such loss");
    };
    const systems = [
      { name: "broken", train: { loss } },
      { name: "narrow", model: { decoderChannels: [32, 16, 16, 16, 16] } },
    ];
    const { comparison } = await run(output, { systems });
    expect(comparison.failures).toMatchObject([{ system: "broken", seed: 0, code: "ACINUS_LOSS" }]);
    expect(comparison.rows.map(({ name, kind, scores }) => [name, kind, scores === null])).toEqual([
      ["enhanced", "system", false],
      ["broken", "variant", true],
      ["narrow", "variant", false],
    ]);
    expect(readFileSync(join(output, "comparison.html"), "utf8")).toContain("no such loss");
  });

  it("scores every image once over the folds, and predictions in a folder as a row", async () => {
    const predictions = { truth: join(folder, "train", "masks") };
    const { comparison } = await run(join(temporary(), "folds"), {
      ...{
        test: undefined,
        folds: 2,
        systems: [{ name: "tiny", model: { decoderChannels: [16, 16, 16, 16, 16] } }],
        predictions,
      },
    });
    expect(comparison.data).toMatchObject({ test: data?.length, folds: 2 });
    const truth = comparison.rows.find(({ name }) => name === "truth");
    expect(truth?.scores?.dicePerImage.value).toBe(1);
    expect(truth?.scores?.shift.value).toBe(0);
    const alone = await scorePredictions(predictions.truth, data as Dataset);
    expect(truth?.scores?.objectF1.value).toBe(alone.objects.f1);
  });
});

it("a stop finishes the step; the same call goes on from there", async () => {
  const output = join(temporary(), "out");
  const systems = [{ name: "tiny", model: { decoderChannels: [16, 16, 16, 16, 16] } }];
  const stop = new AbortController();
  const reason = new Error("enough");
  const onEvent = (event: CompareEvent) => {
    if (event.type === "train" && event.event.type === "step" && event.cell.system === "tiny") stop.abort(reason);
  };
  const options = { ...small, output, systems, test, budget: { steps: 6 } };
  await expect(compare(data as Dataset, { ...options, signal: stop.signal, onEvent })).rejects.toBe(reason);
  const { comparison, events } = await run(output, { systems, budget: { steps: 6 } });
  expect(comparison.failures).toEqual([]);
  const starts = events.flatMap((event) => (event.type === "train" && event.event.type === "start" ? [event] : []));
  expect(starts.find(({ cell }) => cell.system === "tiny")?.event).toMatchObject({ resumed: true });
  expect(comparison.rows.find(({ name }) => name === "tiny")?.curves[0]?.epochs).toHaveLength(3);
});

it.each([
  [{ systems: ["enhansed"] }, /There is no system "enhansed"\. Did you mean "enhanced"\?/],
  [{ ablations: ["tta-of"] }, /There is no ablation "tta-of"\. Did you mean "tta-off"\?/],
  [{ systems: [{ name: "Big" }] }, /cannot be named "Big"/],
  [{ systems: [{ name: "a", model: { encoder: "efficientnet-b9" } }] }, /a\.model\.encoder is "efficientnet-b9"/],
  [{ systems: [{ name: "a", train: { loss: { dise: 1 } } }] }, /did you mean "dice"/],
  [{ budget: { epochs: 1, minutes: 2 } }, /must name one of epochs, steps and minutes/],
] as const)("%j is refused before anything is trained", async (options, message) => {
  const output = join(temporary(), "out");
  await expect(run(output, options as unknown as Partial<CompareOptions>)).rejects.toThrow(message);
  expect(() => statSync(join(output, "runs"))).toThrow();
});

it("a file of the user's in the place of a result ends the comparison before it begins", async () => {
  const output = temporary();
  const { writeFileSync } = await import("node:fs");
  writeFileSync(join(output, "comparison.html"), "mine");
  await expect(run(output, {})).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
  expect(readdirSync(output).map((name) => basename(name))).toEqual(["comparison.html"]);
});

it("trains active learning in rounds, with the steps of one training, beside its control by chance", async () => {
  const output = join(temporary(), "out");
  const asked = {
    systems: ["attention-unet-active"],
    ablations: ["active-random", "active-all-images"],
    budget: { epochs: 2 },
  };
  const { comparison, steps, events } = await run(output, asked);
  expect(comparison.failures).toEqual([]);
  expect(steps).toBe(3 * 2 * Math.ceil(comparison.data.train / 4));
  const planned = events.find(({ type }) => type === "plan");
  expect(planned).toMatchObject({ cells: 3, steps });
  const pools = comparison.rows.map(({ name, base, rounds }) => [name, base, rounds.map(({ pool }) => pool)]);
  const all = comparison.data.train;
  const [first, second] = [Math.round(0.2 * all), Math.round(0.2 * all) + Math.round(0.1 * all)];
  expect(pools).toEqual([
    ["attention-unet-active", null, [first, second]], // as many rounds as epochs
    ["active-random", "attention-unet-active", [first, second]],
    ["active-all-images", "attention-unet-active", [all]],
  ]);
  const [active, random] = comparison.rows;
  expect(active?.rounds[0]).toMatchObject({ meanEntropy: expect.any(Number), dice: expect.any(Number) });
  expect(random?.rounds[0]).toMatchObject({ meanEntropy: null, dice: expect.any(Number) });
  expect(active?.curves[0]?.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect(comparison.differences.some((one) => one.first === "active-random" && one.second === "attention-unet-active")).toBe(
    true,
  );
  const page = readFileSync(join(output, "comparison.html"), "utf8");
  expect(page).toContain("All rounds together have the steps of one training of the other rows.");
  const again = await run(output, asked);
  expect([again.steps, again.comparison.rows.map(({ rounds }) => rounds)]).toEqual([
    0,
    comparison.rows.map(({ rounds }) => rounds),
  ]);
});
