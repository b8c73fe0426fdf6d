import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportModel, formatOf, Model } from "../../lib/index.js";
import { fill, relativeError } from "../model/formula.js";
import { codeBlocks } from "../pages.js";
import { python, runPython } from "../python.js";
import { temporary } from "../temporary.js";

const folder = temporary();
const encoder = "efficientnet-b0";
const names = (file: string) => {
  const bytes = readFileSync(file);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString()) as object;
  return Object.keys(header).filter((name) => name !== "__metadata__");
};
const state = async (model: Model) =>
  [...(await model.stateDict())].map(
    ([name, { data, shape }]) => `${name} [${shape}] ${createHash("sha1").update(data).digest("hex")}`,
  );

describe("save", () => {
  it.each(["drop", "inflate"] as const)("writes exactly smp's entries with inputMode %s", async (inputMode) => {
    using model = await Model.create({ encoder, inputMode });
    const file = join(folder, `${inputMode}.safetensors`);
    await model.save(file);
    expect(names(file).filter((name) => !/^(encoder|decoder|segmentation_head)\./.test(name))).toEqual([]);
    expect(names(file).length).toBe(624);
  });

  it("keeps the projection under its own prefix, or in a file beside, from where load takes it", async () => {
    using model = await fill(await Model.create({ encoder, seed: 3, projectionInit: "kaiming" }));
    const [inside, beside] = [join(folder, "inside.safetensors"), join(folder, "beside.safetensors")];
    await model.save(inside);
    await model.save(beside, { projection: "beside" });
    expect(names(inside).length - names(beside).length).toBe(8);
    expect(names(beside).some((name) => name.startsWith("projection."))).toBe(false);
    for (const file of [inside, beside]) {
      using loaded = await Model.load(file);
      expect(loaded.config).toEqual(model.config);
      expect(await state(loaded)).toEqual(await state(model));
    }
  });

  it("says which file is missing when the projection is not beside any more", async () => {
    using model = await Model.create({ encoder });
    const [file, beside] = await exportModel(model, join(folder, "lost.safetensors"), { projection: "beside" });
    expect(beside).toBe(join(folder, "lost.projection.safetensors"));
    rmSync(beside as string);
    await expect(Model.load(file as string)).rejects.toMatchObject({
      code: "ACINUS_CHECKPOINT",
      message: expect.stringContaining("lost.projection.safetensors"),
    });
  });
});

describe("the format", () => {
  it("follows the ending, and an ending that means none is refused with those that do", () => {
    expect(["a.safetensors", "a.PTH", "b/c.pt"].map(formatOf)).toEqual(["safetensors", "pth", "pth"]);
    expect(() => formatOf("a.bin")).toThrow(/End it with \.safetensors, \.pth, \.pt/);
  });

  it("of a file that cannot be written leaves nothing behind", async () => {
    using model = await Model.create({ encoder });
    const file = join(folder, "missing", "a.pth");
    await expect(exportModel(model, file)).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED" });
    expect(existsSync(join(folder, "missing"))).toBe(false);
  });
});

describe.runIf(python)("in Python (ACINUS_TEST_PYTHON)", () => {
  const script = `
import json, sys, torch, segmentation_models_pytorch as smp
from safetensors.torch import load_file
file, channels = sys.argv[1], int(sys.argv[2])
state = load_file(file) if file.endswith(".safetensors") else torch.load(file, weights_only=True)
model = smp.UnetPlusPlus("efficientnet-b0", encoder_weights=None, in_channels=channels, decoder_attention_type="scse").eval()
model.load_state_dict(state, strict=True)
x = torch.linspace(-2, 2, channels * 64 * 64).reshape(1, channels, 64, 64)
print(json.dumps({"type": type(state).__name__, "keys": list(state), "logits": model(x).flatten().tolist()}))
`;
  it.each([
    ["drop", "safetensors"],
    ["drop", "pth"],
    ["inflate", "safetensors"],
    ["projection", "safetensors"],
    ["projection", "pth"],
  ] as const)("inputMode %s as %s opens in smp strictly, and gives our logits", async (inputMode, format) => {
    using model = await fill(await Model.create({ encoder, inputMode }));
    const file = join(folder, `python-${inputMode}.${format}`);
    await exportModel(model, file, { projection: "beside" });
    const channels = inputMode === "inflate" ? 4 : 3;
    const result = runPython(script, file, String(channels)) as { type: string; keys: string[]; logits: number[] };
    if (format === "pth") {
      expect(result.type).toBe("OrderedDict");
      expect(result.keys).toEqual(model.entries.map(({ name }) => name).filter((name) => !name.startsWith("projection.")));
    }
    const count = channels * 64 * 64;
    const x = Float32Array.from({ length: count }, (_, i) => -2 + (4 * i) / (count - 1));
    using network = await Model.create({ encoder, inputMode: inputMode === "projection" ? "drop" : inputMode });
    await fill(network);
    const { data } = await network.forward(x, [1, channels, 64, 64]);
    expect(relativeError(data, result.logits)).toBeLessThan(1e-4);
  });

  // What a reader copies, run as it stands but for the encoder's size, in a folder with a checkpoint of that name.
  const blocks = codeBlocks("docs/weights.md", "python").map((code) => code.replaceAll("efficientnet-b7", encoder));

  it.each([
    ["the first block", 0, "drop", 3],
    ["the class with the projection", 1, "projection", 4],
  ] as const)(
    "%s of docs/weights.md opens a saved checkpoint, and its model gives our logits",
    async (_, index, inputMode, channels) => {
      expect(blocks).toHaveLength(2);
      using model = await fill(await Model.create({ encoder, inputMode, projectionInit: "kaiming", seed: 6 }), () => true);
      await model.save(join(folder, "best.safetensors"));
      const script = `
import json, os, sys
os.chdir(sys.argv[1])
${blocks[index]}
import torch
x = torch.linspace(-2, 2, ${channels} * 64 * 64).reshape(1, ${channels}, 64, 64)
print(json.dumps(model.eval()(x).flatten().tolist()))
`;
      const count = channels * 64 * 64;
      const x = Float32Array.from({ length: count }, (_, i) => -2 + (4 * i) / (count - 1));
      const { data } = await model.forward(x, [1, channels, 64, 64]);
      expect(relativeError(data, runPython(script, folder) as number[])).toBeLessThan(1e-4);
    },
  );
});
