import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { memoryUsage } from "../../lib/addon/memory.js";
import { dihedralTransforms, networkInput, type TestTimeTransform, testTimeTransforms } from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";
import { type Pixels, Predictor } from "../../lib/predict/predictor.js";
import { temporary } from "../temporary.js";
import { largestDifference } from "../within.js";
import { crop, picture } from "./pictures.js";

let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
});
afterAll(() => model.close());

const probabilities = async (image: Pixels, options: ConstructorParameters<typeof Predictor>[1], of = model) =>
  (await new Predictor(of, options).predict(image)).probability;

/** Two implementations of the same float32 arithmetic in another order. */
const rounding = 2e-5;

describe("a prediction", () => {
  it("of an image that fits in one tile is the same as without tiles", async () => {
    const image = picture(50, 71, 1);
    expect(await probabilities(image, { tile: 96 })).toEqual(await probabilities(image, { tile: 0 }));
  });

  it("is the sigmoid of what the network answers to the network's input", async () => {
    const image = picture(40, 56, 2);
    const input = networkInput(image.data, 40, 56);
    const { data } = await model.forward(input.data, input.shape);
    const expected = data.map((logit) => 1 / (1 + Math.exp(-logit)));
    expect(largestDifference(await probabilities(image, { tile: 0 }), expected)).toBeLessThanOrEqual(rounding);
  });

  it("of large tiles takes no more memory on a CPU for more of them at a time", async () => {
    const image = picture(600, 1500, 12);
    const threads = native().threads();
    native().setThreads(1);
    try {
      const oneByOne = await probabilities(image, { tile: 500, batch: 1 });
      const { peak } = memoryUsage();
      expect(largestDifference(await probabilities(image, { tile: 500, batch: 8 }), oneByOne)).toBeLessThanOrEqual(rounding);
      expect(memoryUsage().peak).toBeLessThan(peak * 1.2);
    } finally {
      native().setThreads(threads);
    }
  });

  it("in tiles is the mean of its tiles, weighted by squared sines, mirrored at the rim", async () => {
    const image = picture(100, 77, 3);
    const [tile, overlap] = [64, 16];
    // 100 px: 8 px beyond either side, 116 − 64 = 52 to move over in steps of at most 48. 77 px: 93 − 64 = 29, one step.
    const [tops, lefts] = [
      [-8, 18, 44],
      [-8, 21],
    ];
    const weight = (i: number) => Math.sin((Math.PI * (i + 0.5)) / tile) ** 2;
    const [sum, weights] = [new Float64Array(7700), new Float64Array(7700)];
    for (const top of tops) {
      for (const left of lefts) {
        const part = await probabilities(crop(image, top, left, tile, tile), { tile: 0 });
        for (let y = Math.max(0, -top); y < Math.min(tile, 100 - top); y++) {
          for (let x = Math.max(0, -left); x < Math.min(tile, 77 - left); x++) {
            const at = (top + y) * 77 + left + x;
            (sum[at] as number) += weight(y) * weight(x) * (part[y * tile + x] as number);
            (weights[at] as number) += weight(y) * weight(x);
          }
        }
      }
    }
    const expected = sum.map((value, i) => value / (weights[i] as number));
    expect(largestDifference(await probabilities(image, { tile, overlap, batch: 4 }), expected)).toBeLessThanOrEqual(rounding);
  });

  it("tiles only along the axis that is too long, and a strip narrower than its margin", async () => {
    for (const [height, width] of [
      [90, 20],
      [3, 70],
      [1, 65],
    ] as const) {
      const tiled = await probabilities(picture(height, width, 4), { tile: 64, overlap: 30 });
      expect(tiled).toHaveLength(height * width);
      expect(tiled.every((p) => p > 0 && p < 1)).toBe(true);
    }
  });

  /** The mean of the predictions of a turned 32×45 image, each mapped back. */
  async function meanOver(image: Pixels, transforms: readonly TestTimeTransform[], of = model): Promise<Float64Array> {
    const channels = Float32Array.from(image.data);
    const planar = channels.map((_, i) => channels[(i % 1440) * 3 + Math.floor(i / 1440)] as number);
    const mean = new Float64Array(1440);
    for (const transform of transforms) {
      const { data, shape } = transform.apply(planar, [3, 32, 45]);
      const [height, width] = shape.slice(1) as [number, number];
      const turned = Uint8Array.from({ length: 4320 }, (_, i) => data[(i % 3) * 1440 + Math.floor(i / 3)] as number);
      const part = await probabilities({ data: turned, height, width }, { tile: 0 }, of);
      transform.invert(part, [height, width]).data.forEach((p, i) => {
        (mean[i] as number) += p / transforms.length;
      });
    }
    return mean;
  }

  it("with test-time augmentation is the mean of seven mapped-back predictions", async () => {
    const image = picture(32, 45, 6);
    const mean = await meanOver(image, testTimeTransforms);
    expect(largestDifference(await probabilities(image, { tta: true }), mean)).toBeLessThanOrEqual(rounding);
    expect(largestDifference(await probabilities(image, {}), mean)).toBeGreaterThan(rounding);
  });

  it.each(dihedralTransforms)("over $name alone is that one's mapped-back prediction", async (transform) => {
    const image = picture(32, 45, 6);
    const alone = await probabilities(image, { tta: [transform.name] });
    expect(largestDifference(alone, await meanOver(image, [transform]))).toBeLessThanOrEqual(rounding);
    for (const other of dihedralTransforms.filter(({ name }) => name !== transform.name)) {
      expect(largestDifference(alone, await probabilities(image, { tta: [other.name] })), other.name).toBeGreaterThan(rounding);
    }
  });

  it.each([
    ["the square's symmetries", {}],
    ["orientations that no right angle maps onto each other", { orientations: 3 }],
    ["a phase", { orientations: 4, psi: 0.8 }],
  ])("sees the edges of each turned image where the bank has %s", async (_, edges) => {
    const other = await Model.create({ encoder: "efficientnet-b0", seed: 5, inputMode: "inflate", edges });
    const image = picture(32, 45, 6);
    const expected = await meanOver(image, testTimeTransforms, other);
    expect(largestDifference(await probabilities(image, { tta: true }, other), expected)).toBeLessThanOrEqual(rounding);
    other.close();
  });

  it("over named transforms is the mean over them, in whatever order, and over the seven what true gives", async () => {
    const image = picture(32, 45, 6);
    const named = dihedralTransforms.filter(({ name }) => ["vflip", "rot90", "transverse"].includes(name));
    const mean = await meanOver(image, named);
    expect(largestDifference(await probabilities(image, { tta: ["vflip", "rot90", "transverse"] }), mean)).toBeLessThan(
      rounding,
    );
    expect(largestDifference(await probabilities(image, { tta: ["transverse", "vflip", "rot90"] }), mean)).toBeLessThan(
      rounding,
    );
    const seven = await probabilities(image, { tta: testTimeTransforms.map(({ name }) => name) });
    expect(seven).toEqual(await probabilities(image, { tta: true }));
  });

  it.each([
    [["hfilp"], 'predictor.tta.0 is "hfilp"; it must be one of "identity", .*"transverse".* Did you mean "hflip"?'],
    [["vflip", "vflip"], "predictor.tta is .*must name each transform once"],
    [[], "predictor.tta is \\[\\]: must name a transform; false is for none"],
    ["hflip", 'predictor.tta is "hflip": must be true, false or a list of identity, hflip,'],
  ])("refuses the transforms %j", (tta, message) => {
    const refused = expect.objectContaining({ code: "ACINUS_CONFIG", message: expect.stringMatching(message) });
    expect(() => new Predictor(model, { tta: tta as never })).toThrowError(refused);
  });

  it.each([
    [1, 1],
    [1, 17],
    [31, 1],
    [33, 47],
  ])("of %i×%i pixels has as many probabilities", async (height, width) => {
    for (const tta of [false, true]) {
      const { probability, mask } = await new Predictor(model, { tta }).predict(picture(height, width, 7));
      expect(probability).toHaveLength(height * width);
      expect(probability.every((p) => p >= 0 && p <= 1)).toBe(true);
      expect(mask).toEqual(Uint8Array.from(probability, (p) => (p >= 0.5 ? 1 : 0)));
    }
  });

  it.each(["bf16", "fp16"] as const)("in %s is near the one in fp32, and not the same", async (precision) => {
    const image = picture(64, 64, 8);
    const difference = largestDifference(await probabilities(image, { precision }), await probabilities(image, {}));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(0.1);
  });

  it("of a file is that of its pixels", async () => {
    const image = picture(41, 60, 9);
    const path = join(temporary(), "image.png");
    await sharp(image.data, { raw: { width: 60, height: 41, channels: 3 } }).toFile(path);
    const fromFile = await new Predictor(model).predict(path);
    expect([fromFile.height, fromFile.width]).toEqual([41, 60]);
    expect(fromFile.probability).toEqual(await probabilities(image, {}));
  });

  it("stops between two batches of tiles when it is aborted, and rejects with the reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const seen: number[][] = [];
    const running = new Predictor(model, { tile: 32, batch: 1 }).predict(picture(300, 300, 10), {
      signal: controller.signal,
      onProgress: (done, total) => {
        seen.push([done, total]);
        controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(seen[0]).toEqual([1, 121]);
    expect(seen.length).toBeLessThan(121);
  });

  it("leaves every value of the network as it was", async () => {
    const before = await model.stateDict();
    await probabilities(picture(40, 40, 11), { tta: true });
    const changed = [...(await model.stateDict())].filter(([name, { data }]) => {
      const old = before.get(name)?.data as Float32Array;
      return Buffer.compare(Buffer.from(old.buffer), Buffer.from(data.buffer)) !== 0;
    });
    expect(changed).toEqual([]);
  });
});

describe("Predictor", () => {
  it("refuses options it cannot keep", () => {
    expect(() => new Predictor(model, { tile: 64, overlap: 64 })).toThrowError(/overlap/);
    expect(() => new Predictor(model, { tile: 7 })).toThrowError(/tile/);
    expect(() => new Predictor(model, { tiel: 64 } as object)).toThrowError(/did you mean "tile"/);
  });

  it("refuses pixels that do not fill the size, and a file that is not there, by name", async () => {
    const predictor = new Predictor(model);
    const short = { data: new Uint8Array(5), height: 2, width: 2 };
    await expect(predictor.predict(short)).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
    await expect(predictor.predict("/nowhere/x.png")).rejects.toMatchObject({ code: "ACINUS_FILE_NOT_FOUND" });
  });

  it("refuses a closed model", async () => {
    const other = await Model.create({ encoder: "efficientnet-b0" });
    other.close();
    await expect(new Predictor(other).predict(picture(8, 8, 1))).rejects.toMatchObject({ code: "ACINUS_CLOSED" });
  });
});
