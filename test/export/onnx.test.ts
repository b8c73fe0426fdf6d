import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PbfReader } from "pbf";
import { describe, expect, it } from "vitest";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { encoderNames } from "../../lib/config/networks.js";
import { onnxOptionsSchema } from "../../lib/config/onnx.js";
import { describeNetwork } from "../../lib/export/onnx/network.js";
import { Weights } from "../../lib/export/onnx/weights.js";
import { gaborEdges } from "../../lib/functional/index.js";
import { type ExportOptions, exportModel, Model, type ModelOptions, Predictor } from "../../lib/index.js";
import type { Pixels } from "../../lib/predict/predictor.js";
import { recordName } from "../../lib/system/written-record.js";
import { acinus } from "../cli/run.js";
import { image, loud, product, relativeError, values } from "../model/formula.js";
import { picture } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { largestDifference } from "../within.js";
import { type Network, open } from "./runtime.js";

const folder = temporary();
// float32 sums in another order: measured 2e-6 of the largest logit.
const tolerance = 1e-4;

/** Every entry by the formula, so that no path of the network is silent at its start. */
async function filled(options: ModelOptions): Promise<Model> {
  const model = await Model.create({ encoder: "efficientnet-b0", ...options });
  await model.loadStateDict(model.entries.map((entry) => [entry.name, values(entry)]));
  return model;
}

async function exported(model: Model, options: ExportOptions = {}): Promise<Network> {
  const file = join(mkdtempSync(join(folder, "onnx-")), "model.onnx");
  expect(await exportModel(model, file, options)).toEqual([file]);
  return open(file);
}

async function compare(model: Model, network: Network, shape: readonly number[]): Promise<void> {
  const [ours, theirs] = [await model.forward(image(shape), shape), await network.run(image(shape), shape)];
  expect(theirs.shape).toEqual(ours.shape);
  expect(relativeError(theirs.data, ours.data), `at ${shape}`).toBeLessThan(tolerance);
}

describe("the network alone", () => {
  it.each(["projection", "inflate", "drop"] as const)(
    "gives our logits with inputMode %s, at any batch and size",
    async (inputMode) => {
      using model = await filled({ inputMode });
      await using network = await exported(model);
      const channels = inputMode === "drop" ? 3 : 4;
      expect(network.inputs).toMatchObject([{ name: "input", type: "float32", shape: ["batch", channels, "height", "width"] }]);
      expect(network.outputs).toMatchObject([{ name: "logits", type: "float32", shape: ["batch", 1, "height", "width"] }]);
      const sizes = [
        [1, 64, 64],
        [2, 50, 91],
        [3, 33, 17],
        [1, 16, 130],
        [1, 15, 17],
        [2, 5, 7],
        [1, 1, 1],
      ] as const;
      for (const [batch, height, width] of sizes) await compare(model, network, [batch, channels, height, width]);
    },
  );

  it.each(encoderNames.filter((encoder) => encoder !== "efficientnet-b0"))("gives our logits over %s", async (encoder) => {
    using model = await filled({ encoder, inputMode: "drop" });
    await using network = await exported(model);
    await compare(model, network, [1, 3, 64, 40]);
  });

  it.each([
    { architecture: "unet" },
    { architecture: "unet", decoderAttention: "scse", inputMode: "inflate" },
    { decoderAttention: "none", decoderChannels: [40, 32, 24, 12, 5] },
    { architecture: "unet", encoder: "efficientnet-lite0" },
  ] as ModelOptions[])("gives our logits of %j, batch normalisation folded or not", async (options) => {
    using model = await filled(options);
    if (options.encoder) await loud(model);
    for (const foldBatchNorm of [false, true]) {
      await using network = await exported(model, { foldBatchNorm });
      await compare(model, network, [2, 4, 40, 64]);
    }
  });

  it.each([
    { architecture: "unet-ronneberger", width: 5 },
    { architecture: "attention-unet", width: 4, dropout: 0.3, inputMode: "projection" },
    { architecture: "multiscale-attention-unet", width: 4, inputMode: "inflate", atrousRates: [2, 7] },
  ] as ModelOptions[])("gives our logits of %j at any size, batch normalisation folded or not", async (options) => {
    using model = await filled({ encoder: undefined, ...options });
    const channels = options.inputMode === undefined ? 3 : 4;
    for (const foldBatchNorm of [false, true]) {
      await using network = await exported(model, { foldBatchNorm });
      for (const [height, width] of [
        [48, 32],
        [19, 70],
        [3, 1],
      ] as const) {
        await compare(model, network, [2, channels, height, width]);
      }
    }
  });

  it("gives our logits with other widths of decoder and projection, and batch normalisation folded", async () => {
    using model = await filled({ decoderChannels: [80, 64, 49, 33, 17], projectionWidth: 7 });
    for (const foldBatchNorm of [false, true]) {
      await using network = await exported(model, { foldBatchNorm });
      await compare(model, network, [2, 4, 40, 64]);
    }
  });
});

describe("with pixels", () => {
  const planes = ({ data, height, width }: Pixels): Uint8Array => {
    const size = height * width;
    return Uint8Array.from({ length: 3 * size }, (_, i) => data[(i % size) * 3 + Math.floor(i / size)] as number);
  };
  const flat = (height: number, width: number, value: number): Pixels => {
    return { data: new Uint8Array(height * width * 3).fill(value), height, width };
  };
  const pictures = [
    [64, 64],
    [50, 91],
    [31, 31],
    [30, 45],
    [16, 130],
    [7, 5],
    [1, 1],
  ].map(([h = 0, w = 0], i) => picture(h, w, i));

  it.each([
    ["projection", "uint8", {}],
    ["inflate", "float32", { dcCompensation: false, kernelSize: 15, wavelengths: [3, 6.5], l1Normalize: false, psi: 0.4 }],
    ["drop", "uint8", {}],
    ["inflate", "uint8", { scale: "fixed", gain: 8 }],
  ] as const)("gives our probabilities with inputMode %s from %s", async (inputMode, pixels, edges) => {
    using model = await filled({
      inputMode,
      edges: { ...edges, wavelengths: [...("wavelengths" in edges ? edges.wavelengths : [4, 10, 20])] },
    });
    await using network = await exported(model, { pixels });
    expect(network.inputs).toMatchObject([{ name: "pixels", type: pixels, shape: ["batch", 3, "height", "width"] }]);
    expect(network.outputs).toMatchObject([{ name: "probability", shape: ["batch", 1, "height", "width"] }]);
    const predictor = new Predictor(model, { tile: 0 });
    for (const one of [...pictures, flat(40, 40, 200), flat(9, 12, 255)]) {
      const rgb = pixels === "uint8" ? planes(one) : Float32Array.from(planes(one));
      const { data, shape } = await network.run(rgb, [1, 3, one.height, one.width]);
      const { probability } = await predictor.predict(one);
      expect(shape).toEqual([1, 1, one.height, one.width]);
      expect(largestDifference(data, probability), `at ${one.height}×${one.width}`).toBeLessThan(tolerance);
    }
  });

  it("scales the edges of each image of a batch by itself", async () => {
    using model = await filled({ inputMode: "inflate" });
    await using network = await exported(model, { pixels: "uint8" });
    const faint = { ...picture(40, 48, 7), data: picture(40, 48, 7).data.map((value) => 100 + value / 16) };
    const both = [picture(40, 48, 6), faint];
    expect(Math.max(...gaborEdges(faint.data, 40, 48))).toBe(1);
    const batch = Uint8Array.from(both.flatMap((one) => [...planes(one)]));
    const { data } = await network.run(batch, [2, 3, 40, 48]);
    for (const [i, one] of both.entries()) {
      const { probability } = await new Predictor(model).predict(one);
      expect(largestDifference(data.subarray(i * 1920, (i + 1) * 1920), probability)).toBeLessThan(tolerance);
    }
  });
});

describe("the file", () => {
  it("carries configuration, version and threshold, ONNX 17 and IR 8", async () => {
    using model = await filled({ inputMode: "drop", edges: { sigma: 4 } });
    const file = join(folder, "metadata.onnx");
    await exportModel(model, file, { threshold: 0.35 });
    const found: { ir?: number; opset?: number; [key: string]: unknown } = {};
    const entry = (field: number, pair: string[], pbf: PbfReader) => {
      if (field <= 2) pair[field - 1] = pbf.readString();
    };
    new PbfReader(readFileSync(file)).readFields((field, _, pbf) => {
      if (field === 1) found.ir = pbf.readVarint();
      if (field === 8) {
        pbf.readMessage((inner, __, set) => {
          if (inner === 2) found.opset = set.readVarint();
        }, null);
      }
      if (field === 14) {
        const [key = "", value = ""] = pbf.readMessage(entry, [] as string[]);
        found[key] = value;
      }
    }, null);
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(found).toMatchObject({ ir: 8, opset: 17, acinus_version: version, threshold: "0.35" });
    expect((JSON.parse(found.acinus as string) as { model: unknown }).model).toEqual(model.config);
  });

  it("is not written when the description and the model's entries differ", async () => {
    using model = await filled({ inputMode: "drop" });
    const options = onnxOptionsSchema.parse({});
    const bank = { data: new Float32Array(0), size: 31, answersContrast: true };
    const weights = () => new Weights(model.entries, () => new Float32Array(0));
    const plan = model[segmenterHandle].plan();
    expect(describeNetwork(plan, options, weights(), bank).nodes.length).toBeGreaterThan(500);
    for (const [change, message] of [
      [{ encoder: "efficientnet-b1" }, /needs .* of shape/],
      [{ inputMode: "inflate" }, /_conv_stem\.weight of shape \[32,4,3,3\]; in the model it is \[32,3,3,3\]/],
    ] as const) {
      using other = await Model.create({ encoder: "efficientnet-b0", inputMode: "drop", ...change });
      expect(() => describeNetwork(other[segmenterHandle].plan(), options, weights(), bank)).toThrow(message);
    }
    const surplus = new Weights(
      [...model.entries, { name: "encoder.extra", shape: [1], dtype: "F32" }],
      () => new Float32Array(1),
    );
    expect(() => describeNetwork(plan, options, surplus, bank)).toThrow(/encoder\.extra/);
  });

  it("is written whole or not at all", async () => {
    using model = await filled({ inputMode: "drop" });
    const empty = mkdtempSync(join(folder, "aborted-"));
    const stop = new AbortController();
    const running = exportModel(model, join(empty, "a.onnx"), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(readdirSync(empty)).toEqual([]);
    await exportModel(model, join(empty, "b.onnx"));
    expect(readdirSync(empty).sort()).toEqual([recordName, "b.onnx"]);
  });

  it("is refused with options of other formats and values that are none", async () => {
    using model = await filled({ inputMode: "drop" });
    const refused = (file: string, options: object) => expect(exportModel(model, join(folder, file), options)).rejects;
    await refused("a.safetensors", { pixels: "uint8" }).toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringContaining('no option "pixels"'),
    });
    await refused("a.onnx", { projection: "beside" }).toMatchObject({ code: "ACINUS_CONFIG" });
    await refused("a.onnx", { pixels: "uint16" }).toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringContaining("uint8"),
    });
  });

  it("comes from the command line", async () => {
    using model = await filled({ inputMode: "drop" });
    const [weights, file] = [join(folder, "cli.safetensors"), join(folder, "cli.onnx")];
    await model.save(weights);
    const { code, stdout, stderr } = await acinus(["export", weights, "-o", file, "--pixels", "float32", "--json"]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: "onnx", files: [file] });
    await using network = await open(file);
    expect(network.inputs).toMatchObject([{ name: "pixels", type: "float32" }]);
    expect(product((await network.run(new Float32Array(48), [1, 3, 4, 4])).shape)).toBe(16);
  });
});
