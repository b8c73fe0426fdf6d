import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TypedTensor } from "../../lib/addon/contract.js";
import { exportModel, Model, type ModelOptions } from "../../lib/index.js";
import { temporary } from "../temporary.js";
import { fill, uniform, values } from "./formula.js";
import { read as readEntry } from "./read.js";

const folder = temporary();
const encoder = "efficientnet-b0";
const create = (options: ModelOptions = {}) => Model.create({ encoder, inputMode: "drop", ...options });
const stem = "encoder._conv_stem.weight";
const head = "segmentation_head.0.weight";
const read = async (model: Model, name: string) => [...(await readEntry(model, name))];

/** smp's whole model, filled from the formula, as (name, tensor) pairs. */
let smp: [string, TypedTensor][];
let formula: Map<string, TypedTensor>;
beforeAll(async () => {
  using model = await create();
  smp = model.entries.map((entry) => [entry.name, values(entry)]);
  formula = new Map(smp);
});
const expected = (name: string) => [...(formula.get(name) as TypedTensor).data];
const encoderOnly = () =>
  smp.filter(([name]) => name.startsWith("encoder.")).map(([name, tensor]) => [name.slice("encoder.".length), tensor] as const);
const renamed = (prefix: string) => smp.map(([name, tensor]) => [prefix + name, tensor] as const);

describe("weights that fit", () => {
  it.each(["module.", "model.", "_orig_mod.", "net.", "module.model._orig_mod."])(
    "do so behind the prefix %s",
    async (prefix) => {
      using model = await create();
      const report = await model.loadStateDict(renamed(prefix));
      expect(report).toMatchObject({ loaded: 624, missing: [], unexpected: [], mismatched: [] });
      expect(report.adapted.length).toBe(prefix.split(".").length - 1);
      expect(await read(model, head)).toEqual(expected(head));
    },
  );

  it("do so where only a part was compiled", async () => {
    using model = await create();
    const report = await model.loadStateDict(
      smp.map(([name, tensor]) => [name.replace("encoder.", "encoder._orig_mod."), tensor]),
    );
    expect(report.adapted).toEqual(['removed the prefix "_orig_mod."']);
    expect(await read(model, stem)).toEqual(expected(stem));
  });

  it("are an encoder alone with its classifier, as ImageNet files are; decoder and head keep their start", async () => {
    using model = await create({ seed: 9 });
    const start = await read(model, head);
    const classifier: [string, TypedTensor][] = [
      ["_fc.weight", { data: new Float32Array(1000 * 1280), shape: [1000, 1280] }],
      ["_fc.bias", { data: new Float32Array(1000), shape: [1000] }],
    ];
    const report = await model.loadStateDict([...encoderOnly(), ...classifier]);
    expect(report.adapted).toEqual(['added the prefix "encoder."', "left out the classifier encoder._fc"]);
    expect(report.missing.every((name) => /^(decoder|segmentation_head)\./.test(name))).toBe(true);
    expect(await read(model, stem)).toEqual(expected(stem));
    expect(await read(model, head)).toEqual(start);
  });

  it("may lack the counters of batches, which older files do", async () => {
    using model = await create();
    const report = await model.loadStateDict(smp.filter(([name]) => !name.endsWith("num_batches_tracked")));
    expect(report.missing).toEqual([]);
  });

  it("go into a projection, whose start they keep", async () => {
    using model = await create({ inputMode: "projection", seed: 3 });
    const start = await read(model, "projection.conv1.weight");
    const report = await model.loadStateDict(smp);
    expect(report.missing.length).toBe(7); // all of the projection but its counter of batches
    expect(await read(model, "projection.conv1.weight")).toEqual(start);
    expect(await read(model, head)).toEqual(expected(head));
  });
});

describe("the stem", () => {
  it("of 3 channels is spread over 4, and one of 4 goes back to exactly the 3 that it came from", async () => {
    using inflated = await create({ inputMode: "inflate" });
    expect((await inflated.loadStateDict(smp)).adapted).toEqual(["spread the stem's 3 channels over 4: cycled, × 3/4"]);
    const [three, four] = [expected(stem), await read(inflated, stem)];
    for (const at of [0, 5, 31]) {
      for (let channel = 0; channel < 4; channel++) {
        for (let k = 0; k < 9; k++) {
          expect(four[(at * 4 + channel) * 9 + k]).toBeCloseTo(0.75 * (three[(at * 3 + (channel % 3)) * 9 + k] as number), 6);
        }
      }
    }
    for (const inputMode of ["drop", "projection"] as const) {
      using model = await create({ inputMode });
      expect((await model.loadStateDict(await inflated.stateDict())).adapted).toEqual([
        "took the first 3 of the stem's 4 channels, × 4/3",
      ]);
      const back = await read(model, stem);
      expect(Math.max(...back.map((value, i) => Math.abs(value - (three[i] as number))))).toBeLessThan(1e-7);
    }
  });
});

describe("weights that fit only in part", () => {
  const partly = () => [
    ...smp
      .filter(([name]) => name !== head)
      .map(([name, t]) => [name.replace("encoder._bn0.weight", "encoder._bn0.gamma"), t] as const),
    [head, { data: uniform("two", 2 * 16 * 9), shape: [2, 16, 3, 3] }] as const,
  ];

  it("are refused with the nearest names and both shapes, before a value is changed", async () => {
    using model = await create({ seed: 4 });
    const start = await read(model, stem);
    await expect(model.loadStateDict(partly())).rejects.toThrow(
      expect.objectContaining({
        code: "ACINUS_WEIGHTS_MISMATCH",
        message: expect.stringMatching(
          /1 missing: encoder\._bn0\.weight \(nearest: encoder\._bn0\.gamma\).*1 unexpected: encoder\._bn0\.gamma.*segmentation_head\.0\.weight: file \[2, 16, 3, 3\], network \[1, 16, 3, 3\].*strict: false/,
        ),
      }),
    );
    expect(await read(model, stem)).toEqual(start);
  });

  it("are taken with strict: false, and the report says what was not", async () => {
    using model = await create({ seed: 4 });
    const start = await read(model, head);
    const report = await model.loadStateDict(partly(), { strict: false });
    expect(report).toEqual({
      loaded: 622,
      adapted: [],
      missing: ["encoder._bn0.weight"],
      unexpected: ["encoder._bn0.gamma"],
      mismatched: ["segmentation_head.0.weight: file [2, 16, 3, 3], network [1, 16, 3, 3]"],
      nearest: { "encoder._bn0.weight": "encoder._bn0.gamma", "encoder._bn0.gamma": "encoder._bn0.weight" },
    });
    expect(await read(model, head)).toEqual(start);
    expect(await read(model, stem)).toEqual(expected(stem));
    expect(model.loadReport).toEqual(report);
  });

  it("are refused even then when nothing fits, or when two networks are in one file", async () => {
    using model = await create();
    const foreign: [string, TypedTensor][] = [["backbone.layer1.weight", { data: new Float32Array(4), shape: [4] }]];
    const refusal = { code: "ACINUS_WEIGHTS_MISMATCH" };
    await expect(model.loadStateDict(foreign, { strict: false })).rejects.toThrow(expect.objectContaining(refusal));
    await expect(model.loadStateDict([...smp, ...renamed("net.")])).rejects.toThrow(/hold several networks/);
  });
});

describe("files", () => {
  let model: Model;
  const [pth, own] = [join(folder, "whole.pth"), join(folder, "other-task.safetensors")];
  beforeAll(async () => {
    model = await fill(await create());
    await exportModel(model, pth);
    using other = await fill(await create({ decoderChannels: [64, 32, 32, 16, 16] }));
    await other.save(own);
  });
  afterAll(() => model.close());

  it("of PyTorch give create the same network as safetensors do, and the message of a misfit names the file", async () => {
    using loaded = await create({ weights: pth });
    expect(loaded.loadReport).toMatchObject({ loaded: 624, adapted: [], missing: [], unexpected: [], mismatched: [] });
    for (const name of [stem, head, "encoder._bn0.running_var"])
      expect(await read(loaded, name)).toEqual(await read(model, name));
    await expect(create({ encoder: "efficientnet-b1", weights: pth })).rejects.toThrow(`The weights in ${pth} do not fit`);
  });

  it("of another task give their encoder with weightsPart", async () => {
    await expect(create({ weights: own })).rejects.toMatchObject({ code: "ACINUS_WEIGHTS_MISMATCH", file: own });
    using transferred = await create({ weights: own, weightsPart: "encoder", seed: 5 });
    using fresh = await create({ seed: 5 });
    expect(await read(transferred, stem)).toEqual(expected(stem));
    expect(await read(transferred, head)).toEqual(await read(fresh, head));
    expect(transferred.loadReport?.unexpected).toEqual([]);
  });
});
