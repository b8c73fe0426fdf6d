import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { merge, readSettings } from "../../bin/cli/settings.js";
import { resolveSettings } from "../../bin/cli/train-settings.js";
import { type Preset, type PresetName, presets } from "../../lib/index.js";
import { temporary } from "../temporary.js";

describe("readSettings", () => {
  it("takes dotted names and JSON values, and text that is no JSON as text", () => {
    const assignments = [
      "loss.tverskyAlpha=0.6",
      "loss.smooth=2",
      "model.decoderChannels=[64,32,16,16,16]",
      "monitor.metric=diceMicro",
      "a=b=c",
    ];
    expect(readSettings(undefined, assignments)).toEqual({
      loss: { tverskyAlpha: 0.6, smooth: 2 },
      model: { decoderChannels: [64, 32, 16, 16, 16] },
      monitor: { metric: "diceMicro" },
      a: "b=c",
    });
  });

  it("lays assignments over the file, key by key", () => {
    const file = join(temporary(), "config.json");
    writeFileSync(file, JSON.stringify({ epochs: 5, loss: { smooth: 1, epsilon: 1e-6 } }));
    expect(readSettings(file, ["loss.smooth=3"])).toEqual({ epochs: 5, loss: { smooth: 3, epsilon: 1e-6 } });
  });

  it.each(["epochs", "=3", "a..b=1", "__proto__.x=1"])("refuses %s", (assignment) => {
    expect(() => readSettings(undefined, [assignment])).toThrow(expect.objectContaining({ code: "ACINUS_CONFIG" }));
  });

  it("refuses a file that is missing, no JSON, or no object", () => {
    const file = join(temporary(), "config.json");
    expect(() => readSettings(file, [])).toThrow(/cannot be read/);
    for (const text of ["{", "[1]"]) {
      writeFileSync(file, text);
      expect(() => readSettings(file, [])).toThrow(expect.objectContaining({ code: "ACINUS_CONFIG", file }));
    }
  });
});

describe("resolveSettings", () => {
  it("takes the network from its options, and what the architecture decides from the registry's table", () => {
    const { model } = resolveSettings({ preset: "fast", architecture: "unet", encoder: "efficientnet-lite0" });
    expect(model).toMatchObject({ architecture: "unet", encoder: "efficientnet-lite0", decoderAttention: "none" });
    const narrow = { preset: "fast", set: ["model.decoderChannels=[32,16,8,4,2]"] } as const;
    expect(() => resolveSettings({ ...narrow, set: [...narrow.set] })).toThrow(/decoderChannels\.2 is 8: .* at least 16/);
  });
});

describe("presets", () => {
  const systems = Object.entries(presets) as [PresetName, Preset][];

  it.each(systems)("%s is a network and a training that its parts accept", (name, preset) => {
    const { model, train, sampler } = resolveSettings({ preset: name });
    expect(model).toMatchObject(preset.model);
    expect(sampler).toBe(preset.sampler ?? "complexity");
    const paper = { loss: { dice: 0.5, bce: 0.3, tversky: 0.2 } };
    expect(train).toMatchObject({ ...paper, ...preset.train });
  });

  it("of the paper's other systems refuse an encoder, and say what to do", () => {
    expect(() => resolveSettings({ preset: "attention-unet", encoder: "efficientnet-b0" })).toThrow(
      /Attention U-Net has an encoder of its own, so leave encoder out/,
    );
  });

  it("gives way to --sampler", () => {
    expect(resolveSettings({ preset: "unet", sampler: "complexity" }).sampler).toBe("complexity");
  });
});

describe("merge", () => {
  it("leaves out what is undefined and replaces lists whole", () => {
    expect(merge({ a: 1, b: [1, 2], c: { d: 1 } }, { a: undefined, b: [3], c: { e: 2 } })).toEqual({
      a: 1,
      b: [3],
      c: { d: 1, e: 2 },
    });
  });
});
