import { describe, expect, it } from "vitest";
import type { TypedTensor } from "../../lib/addon/contract.js";
import { Model } from "../../lib/index.js";
import { within } from "../within.js";
import {
  fill,
  image,
  inventoryHash,
  reference,
  relativeError,
  subsample,
  uniform,
  unpacked,
  values as valuesOf,
} from "./formula.js";
import { read } from "./read.js";

const encoder = "efficientnet-b0";
const shape = [1, 4, 64, 64];
// The first three channels of the four are the three-channel image: the formula depends on the index alone.
const logitsOfRgb = () => unpacked(reference(encoder).eval[0]?.logits ?? "");

/** The largest difference of any channel of any image, of the largest value that channel has there. */
function largestOf(found: TypedTensor | undefined, { data, shape }: TypedTensor): number {
  expect(found?.shape).toEqual(shape);
  const area = (shape[2] as number) * (shape[3] as number);
  let largest = 0;
  for (let from = 0; from < data.length; from += area) {
    const map = data.subarray(from, from + area);
    const peak = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = map.reduce((most, value, i) => Math.max(most, Math.abs(value - (found?.data[from + i] as number))), 0);
    largest = Math.max(largest, difference / peak);
  }
  return largest;
}

describe("inputMode projection", () => {
  it("starts as the RGB pass-through: an smp model's logits hold within 1e-3", async () => {
    using model = await fill(await Model.create({ encoder }));
    const { data } = await model.forward(image(shape), shape);
    within(
      "identity projection at the start: logits against smp's network for RGB, of the largest",
      relativeError(data, logitsOfRgb()),
      1e-3,
    );
  });

  it("hands the decoder the features of the network for RGB within 1e-3 of each map's largest", async () => {
    const [height, width] = [64, 96];
    const area = height * width;
    // Two images: noise over the range of normalised pixels, and the formula's; their fourth channel is anything.
    const values = Float32Array.from([...uniform("features", 4 * area, 0.3, 2.4), ...image([1, 4, height, width])]);
    const rgb = Float32Array.from([...values.slice(0, 3 * area), ...values.slice(4 * area, 7 * area)]);
    // One seed gives all three one encoder, whose fresh weights let every level depend on the input.
    using drop = await Model.create({ encoder, seed: 5, inputMode: "drop" });
    const expected = await drop.features(rgb, [2, 3, height, width]);
    expect(expected.map(({ shape }) => shape)).toEqual([
      [2, 32, 32, 48],
      [2, 24, 16, 24],
      [2, 40, 8, 12],
      [2, 112, 4, 6],
      [2, 320, 2, 3],
    ]);
    const part = "identity projection at the start: encoder features against those for RGB, of each map's largest";
    using model = await Model.create({ encoder, seed: 5 });
    using other = await Model.create({ encoder, seed: 5, projectionInit: "kaiming" });
    const found = await model.features(values, [2, 4, height, width]);
    const elsewhere = await other.features(values, [2, 4, height, width]);
    expected.forEach((map, level) => {
      within(part, largestOf(found[level], map), 1e-3, `level ${level}`);
      expect(largestOf(elsewhere[level], map)).toBeGreaterThan(1);
    });
  });

  it("adds its own entries behind smp's", async () => {
    using model = await Model.create({ encoder });
    expect(inventoryHash(model.entries.slice(0, 624))).toBe(reference(encoder).sha256);
    expect(model.entries.slice(624).map(({ name, shape }) => `${name} ${shape.join("×")}`)).toEqual([
      "projection.conv1.weight 16×4×3×3",
      "projection.norm.weight 16",
      "projection.norm.bias 16",
      "projection.norm.running_mean 16",
      "projection.norm.running_var 16",
      "projection.norm.num_batches_tracked ",
      "projection.conv2.weight 3×16×1×1",
      "projection.conv2.bias 3",
    ]);
  });

  it("starts elsewhere with projectionInit kaiming", async () => {
    using model = await fill(await Model.create({ encoder, projectionInit: "kaiming" }));
    expect(relativeError((await model.forward(image(shape), shape)).data, logitsOfRgb())).toBeGreaterThan(0.1);
  });
});

describe("inputMode inflate", () => {
  it("is smp's network with in_channels=4", async () => {
    using model = await fill(await Model.create({ encoder, inputMode: "inflate" }));
    const { step, logits } = reference(encoder).inflate;
    const found = subsample(await model.forward(image(shape), shape), step);
    within(
      "input mode inflate: logits against smp's in_channels=4, of the largest",
      relativeError(found, unpacked(logits)),
      1e-4,
    );
  });

  it("spreads a stem for RGB over four channels as smp does: cycled, scaled by 3/4", async () => {
    using model = await Model.create({ encoder, inputMode: "inflate" });
    const name = "encoder._conv_stem.weight";
    const stem = valuesOf({ name, shape: [32, 3, 3, 3] });
    expect((await model.loadStateDict([[name, stem]], { strict: false })).mismatched).toEqual([]);
    const inflated = (await model.stateDict()).get(name);
    expect(inflated?.shape).toEqual([32, 4, 3, 3]);
    inflated?.data.forEach((value, i) => {
      const [out, channel, tap] = [Math.floor(i / 36), Math.floor(i / 9) % 4, i % 9];
      expect(value).toBeCloseTo(0.75 * (stem.data[(out * 3 + (channel % 3)) * 9 + tap] as number), 6);
    });
  });
});

describe("the start", () => {
  it("is the same for the same seed, whatever the layout, and another for another", async () => {
    using one = await Model.create({ encoder, seed: 5 });
    using same = await Model.create({ encoder, seed: 5, channelsLast: false });
    using other = await Model.create({ encoder, seed: 6 });
    const weights = (model: Model) => read(model, "decoder.blocks.x_1_2.conv1.0.weight");
    expect(await weights(same)).toEqual(await weights(one));
    expect(await weights(other)).not.toEqual(await weights(one));
  });

  it("gives projection and drop the same encoder and decoder", async () => {
    using projection = await Model.create({ encoder, seed: 5 });
    using drop = await Model.create({ encoder, seed: 5, inputMode: "drop" });
    for (const [name, { data }] of await drop.stateDict()) {
      // Bytes: comparing millions of numbers one by one takes half a minute.
      const other = await read(projection, name);
      expect(Buffer.compare(Buffer.from(other.buffer), Buffer.from(data.buffer)), name).toBe(0);
    }
  });

  it("draws as smp: encoder ±1/√fan_in, decoder ±√(6/fan_in), head ±√(6/(fan_in + fan_out)), biases 0 but the encoder's", async () => {
    using model = await Model.create({ encoder });
    const spread = async (name: string) => {
      const data = await read(model, name);
      return { limit: data.reduce((most, value) => Math.max(most, Math.abs(value)), 0), data };
    };
    const near = async (name: string, bound: number) => {
      const { limit, data } = await spread(name);
      expect(limit, name).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(limit, name).toBeGreaterThan(bound * 0.93);
      const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
      if (data.length > 1000) expect(variance / (bound ** 2 / 3), name).toBeCloseTo(1, 0);
    };
    await near("encoder._blocks.3._expand_conv.weight", 1 / Math.sqrt(24));
    await near("encoder._blocks.3._se_expand.bias", 1 / Math.sqrt(6));
    await near("decoder.blocks.x_0_0.conv1.0.weight", Math.sqrt(6 / (432 * 9)));
    await near("segmentation_head.0.weight", Math.sqrt(6 / (16 * 9 + 9)));
    expect((await spread("decoder.blocks.x_0_0.attention1.attention.cSE.1.bias")).limit).toBe(0);
    expect((await spread("segmentation_head.0.bias")).limit).toBe(0);
    expect((await read(model, "encoder._bn0.weight")).every((value) => value === 1)).toBe(true);
  });
});
