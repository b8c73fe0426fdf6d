import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NativeWeightsFile } from "../../lib/addon/contract.js";
import { architectureNames, encoderNames, overEncoder } from "../../lib/config/networks.js";
import { recognise } from "../../lib/import/recognise.js";
import { describeLoad, exportModel, importWeights, Model, type ModelOptions } from "../../lib/index.js";
import { contents, fixture, inspect } from "../io/weights.js";
import { fill } from "../model/formula.js";
import { temporary } from "../temporary.js";

const folder = temporary();
const encoder = "efficientnet-b0";

describe("a network is recognised", () => {
  const networks = architectureNames.flatMap((architecture): ModelOptions[] =>
    overEncoder(architecture)
      ? (["scse", "none"] as const).map((decoderAttention) => ({ encoder, architecture, decoderAttention }))
      : (["drop", "projection"] as const).map((inputMode) => ({ architecture, width: 3, inputMode })),
  );

  it.each(encoderNames)("over %s by names and shapes alone", async (name) => {
    using model = await Model.create({ encoder: name, inputMode: "drop" });
    const found = (entries: NativeWeightsFile["entries"]) => recognise({ entries });
    const decoder = { decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "scse" };
    const config = { architecture: "unetplusplus", encoder: name, inputMode: "drop", ...decoder };
    expect(found([...model.entries])).toEqual(config);
    expect(found(model.entries.map((entry) => ({ ...entry, name: `module.model.${entry.name}` })))).toEqual(config);
  });

  it.each<ModelOptions>([
    ...networks,
    { encoder, inputMode: "inflate" },
    { encoder, inputMode: "projection", projectionWidth: 24 },
    { encoder, inputMode: "drop", decoderChannels: [64, 48, 32, 16, 16] },
  ])("with its options %j, and opens like a checkpoint of ours", async (options) => {
    using model = await fill(await Model.create(options));
    const [pth, imported] = [join(folder, "network.pth"), join(folder, "imported.safetensors")];
    await exportModel(model, pth);
    const result = await importWeights(pth, imported);
    expect(result.model).toEqual(model.config);
    expect(result.report).toMatchObject({ loaded: model.entries.length, missing: [], unexpected: [], mismatched: [] });
    using loaded = await Model.load(imported);
    for (const name of [model.entries[0]?.name ?? "", model.entries.at(-3)?.name ?? ""]) {
      expect((await loaded.stateDict()).get(name)).toEqual((await model.stateDict()).get(name));
    }
  });
});

it("what was chosen for a network's cells comes along, into checkpoints and ONNX files", async () => {
  using model = await Model.create({ encoder, inputMode: "drop" });
  model.useCells({ threshold: 0.35, separation: { method: "watershed", h: 2, minimumSize: 9 } });
  const [saved, imported, beside] = ["saved", "again", "beside"].map((name) => join(folder, `${name}.safetensors`)) as [
    string,
    string,
    string,
  ];
  await model.save(saved);
  await model.save(beside, { projection: "beside" });
  await importWeights(saved, imported);
  for (const file of [saved, imported, beside]) {
    using loaded = await Model.load(file);
    expect(loaded.cells).toEqual(model.cells);
  }
  await exportModel(model, join(folder, "cells.onnx"));
  const bytes = readFileSync(join(folder, "cells.onnx"));
  expect(bytes.includes('"cells":{"threshold":0.35')).toBe(true);
  const value = Buffer.concat([Buffer.from("threshold"), Buffer.from([0x12, 4]), Buffer.from("0.35")]); // protobuf: field 2, 4 letters
  expect(bytes.includes(value)).toBe(true);
});

describe("weights of no known network", () => {
  it("become safetensors with the values and names that they had", async () => {
    const to = join(folder, "block.safetensors");
    expect(await importWeights(fixture("lightning.ckpt"), to)).toEqual({ file: to, model: null, entries: 7, report: null });
    expect(await inspect(to)).toMatchObject({ format: "safetensors" });
    const scratch = join(folder, "scratch.safetensors");
    const sorted = async (path: string) => (await contents(path, scratch)).sort();
    expect(await sorted(to)).toEqual(await sorted(fixture("module.pth")));
  });

  it("that cannot be read are refused before anything is written", async () => {
    await expect(importWeights(fixture("os-system.pth"), join(folder, "no.safetensors"))).rejects.toMatchObject({
      code: "ACINUS_CHECKPOINT",
    });
  });
});

describe("a load report in words", () => {
  it("says what was done and what stayed out, with the nearest names", () => {
    const report = {
      loaded: 3,
      adapted: ['removed the prefix "module."'],
      missing: ["a.weight", "b", "c", "d", "e", "f"],
      unexpected: ["a.wieght"],
      mismatched: [],
      nearest: { "a.weight": "a.wieght", "a.wieght": "a.weight" },
    };
    expect(describeLoad(report)).toEqual([
      '3 entries were loaded; removed the prefix "module.".',
      "  6 not in the file, keep their start: a.weight (nearest: a.wieght), b, c, d, e, and 1 more",
      "  1 of the file are not used: a.wieght (nearest: a.weight)",
    ]);
  });
});
