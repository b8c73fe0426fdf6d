import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EncoderName, encoderNames } from "../../lib/config/networks.js";
import { Model } from "../../lib/index.js";
import { within } from "../within.js";
import { fill, image, inventoryHash, product, reference, relativeError, subsample, unpacked } from "./formula.js";

// float32 sums in another order: far below what a wrong padding, eps or concatenation order gives.
const tolerance = 1e-4;

const create = (encoder: EncoderName, options = {}) =>
  Model.create({ encoder, inputMode: "drop", dropConnectRate: 0, ...options });

describe.each(encoderNames.filter((name) => /-b\d$/.test(name)))("UNet++ over %s", (encoder) => {
  let model: Model;
  beforeAll(async () => {
    model = await fill(await create(encoder));
  });
  afterAll(() => model.close());

  it("has smp's entries, shapes and number of parameters", () => {
    const { entries, parameters, sha256 } = reference(encoder);
    expect(model.entries.length).toBe(entries);
    expect(model.parameterCount).toBe(parameters);
    expect(inventoryHash(model.entries)).toBe(sha256);
  });

  it("gives smp's logits for the same weights, on images that are no squares too", async () => {
    for (const { shape, step, logits } of reference(encoder).eval) {
      const result = await model.forward(image(shape), shape);
      expect(result.shape).toEqual([shape[0], 1, shape[2], shape[3]]);
      const error = relativeError(subsample(result, step), unpacked(logits));
      within("logits of b0 to b7 in eval mode against smp, of the largest", error, tolerance, `at ${shape}`);
    }
  });
});

describe("the counts that the method states", () => {
  it("are 1,464 entries and 68,352,683 parameters for b7, 624 and 6,640,183 for b0", () => {
    expect(reference("efficientnet-b7")).toMatchObject({ entries: 1464, parameters: 68_352_683 });
    expect(reference("efficientnet-b0")).toMatchObject({ entries: 624, parameters: 6_640_183 });
  });
});

describe("sizes that are no multiples of 32", () => {
  it("equal the input padded by reflection at the bottom and right, the output cropped", async () => {
    using model = await fill(await create("efficientnet-b0"));
    const [height, width] = [40, 70];
    const small = await model.forward(image([1, 3, height, width]), [1, 3, height, width]);
    const padded = mirrored(image([1, 3, height, width]), height, width, 64, 96);
    const large = await model.forward(padded, [1, 3, 64, 96]);
    const cropped = large.data.filter((_, i) => Math.floor(i / 96) < height && i % 96 < width);
    expect(small.shape).toEqual([1, 1, height, width]);
    expect(small.data).toEqual(cropped);
  });

  it("go down to a single pixel", async () => {
    using model = await fill(await create("efficientnet-b0"));
    const logits = await model.forward(image([1, 3, 1, 1]), [1, 3, 1, 1]);
    expect(logits.shape).toEqual([1, 1, 1, 1]);
    expect(Number.isFinite(logits.data[0])).toBe(true);
  });

  it("are refused when there is nothing to predict, or the channels are wrong", async () => {
    using model = await create("efficientnet-b0");
    await expect(model.forward(new Float32Array(0), [1, 3, 0, 5])).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
    await expect(model.forward(image([1, 4, 8, 8]), [1, 4, 8, 8])).rejects.toThrow(
      "has the shape [1, 4, 8, 8]; this network takes [B, 3, H, W]",
    );
    await expect(model.forward(image([1, 3, 8, 8]), [1, 3, 8, 9])).rejects.toThrow(
      "data holds 192 values; the shape [1, 3, 8, 9] asks for 216",
    );
  });
});

/** Reflect-101 at the bottom and right of [1, C, height, width]. */
function mirrored(data: Float32Array, height: number, width: number, toHeight: number, toWidth: number): Float32Array {
  const channels = data.length / product([height, width]);
  const back = (i: number, length: number) => (i < length ? i : 2 * (length - 1) - i);
  return Float32Array.from({ length: channels * toHeight * toWidth }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (toHeight * toWidth)), Math.floor(i / toWidth) % toHeight, i % toWidth];
    return data[(c * height + back(y, height)) * width + back(x, width)] as number;
  });
}
