import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromFile } from "geotiff";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CellRule, separationSchema } from "../../lib/config/cells.js";
import type { PredictorOptions } from "../../lib/config/inference.js";
import { Model } from "../../lib/model/model.js";
import { beginPng } from "../../lib/predict/formats/png-rows.js";
import type { BeginRows } from "../../lib/predict/formats/rows-file.js";
import { beginTiff } from "../../lib/predict/formats/tiff-rows.js";
import { Prediction } from "../../lib/predict/prediction.js";
import { PredictionFolder } from "../../lib/predict/prediction-folder.js";
import { type Pixels, Predictor } from "../../lib/predict/predictor.js";
import { StripCells } from "../../lib/predict/strip-cells.js";
import { UnfinishedFile } from "../../lib/system/unfinished-file.js";
import { temporary } from "../temporary.js";
import { numbers, picture } from "./pictures.js";

let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
});
afterAll(() => model.close());

/** Of all strips, one after the other. */
async function joined(
  predictor: Predictor,
  image: Pixels,
): Promise<{ probability: Float32Array; tops: number[]; skipped: number }> {
  const probability = new Float32Array(image.height * image.width);
  const tops: number[] = [];
  const strips = await predictor.strips(image);
  for await (const { top, rows, probability: some } of strips) {
    expect(some).toHaveLength(rows * image.width);
    probability.set(some, top * image.width);
    tops.push(top);
  }
  return { probability, tops, skipped: strips.skipped };
}

describe("an image in strips", () => {
  const cases: [number, number, PredictorOptions & { tile: number }][] = [
    [150, 77, { tile: 64, overlap: 16 }],
    [201, 64, { tile: 64, overlap: 32 }],
    [97, 131, { tile: 48, overlap: 7, batch: 1 }],
    [65, 40, { tile: 64 }],
    [40, 41, { tile: 64 }],
    [33, 90, { tile: 64, tta: ["hflip", "rot90"] }],
  ];
  it.each(cases)("of %i×%i pixels has the probabilities that it has at once", async (height, width, options) => {
    const image = picture(height, width, height);
    const predictor = new Predictor(model, options);
    const { probability, tops } = await joined(predictor, image);
    expect(probability).toEqual((await predictor.predict(image)).probability);
    expect(tops[0]).toBe(0);
    expect(tops.length > 1).toBe(height > options.tile);
  });

  it("of a file are those of its pixels", async () => {
    const image = picture(90, 70, 3);
    const path = join(temporary(), "image.png");
    await sharp(image.data, { raw: { width: 70, height: 90, channels: 3 } }).toFile(path);
    const predictor = new Predictor(model, { tile: 64 });
    const strips = await predictor.strips(path);
    expect([strips.width, strips.height, strips.tiles]).toEqual([70, 90, 4]);
    const found: number[] = [];
    for await (const { probability } of strips) found.push(...probability);
    expect(found).toEqual([...(await predictor.predict(image)).probability]);
  });
});

describe("an image of another pixel size than the training's, in strips", () => {
  const trained = 0.5;
  beforeAll(() => {
    model.pixelSize = trained;
  });
  afterAll(() => {
    model.pixelSize = undefined;
  });

  it.each([
    [150, 77, 0.25],
    [61, 93, 0.9],
    [97, 131, 0.37],
    [40, 33, 3.1],
    [129, 40, 0.07],
  ])("(%i×%i px of %f µm) has the probabilities and cells that it has at once", async (height, width, pixelSize) => {
    const image = picture(height, width, height);
    const separation = { method: "watershed" as const, h: 0.3, minimumSize: 3 };
    const options = { tile: 32, overlap: 8, separation };
    const { probability } = await new Predictor(model, options).predict(image, { pixelSize });
    const threshold = Float32Array.from(probability).sort()[probability.length >> 1] as number;
    const predictor = new Predictor(model, { ...options, threshold });
    const whole = await predictor.predict(image, { pixelSize });
    const strips = await predictor.strips(image, { pixelSize });
    const cells = new StripCells(height, width, strips.rule, undefined, strips.seen);
    const found: number[] = [];
    let pieces = 0;
    for await (const { probability: own, seen, rows } of strips) {
      if (rows > 0) pieces++;
      found.push(...own);
      await cells.add(own, seen);
    }
    await cells.finish();
    expect(found).toEqual([...whole.probability]);
    expect(pieces > 1).toBe((strips.seen?.height ?? 0) > 32);
    expect(cells.instances).toEqual(whole.instances);
    expect(cells.instances.length).toBeGreaterThan(0);
    expect([...(await cells.labels(0, height))]).toEqual([...whole.labels]);
    cells.close();
  });
});

describe("tiles without contrast", () => {
  /** As the option describes it, in plain loops. */
  function contrast({ data, height, width }: Pixels): number {
    let most = 0;
    for (let channel = 0; channel < 3; channel++) {
      const means: number[] = [];
      for (let top = 0; top < height; top += 8) {
        for (let left = 0; left < width; left += 8) {
          let [sum, count] = [0, 0];
          for (let y = top; y < Math.min(top + 8, height); y++) {
            for (let x = left; x < Math.min(left + 8, width); x++, count++)
              sum += data[3 * (y * width + x) + channel] as number;
          }
          means.push(sum / count);
        }
      }
      most = Math.max(most, Math.max(...means) - Math.min(...means));
    }
    return most;
  }

  it("are left out below the contrast that blocks of 8×8 px have, and predicted from it on", async () => {
    const random = numbers(9);
    for (const [height, width] of [
      [37, 53],
      [64, 8],
      [5, 70],
    ] as const) {
      const data = Uint8Array.from({ length: 3 * height * width }, () => 200 + 30 * random());
      const image = { data, height, width };
      const limit = contrast(image);
      const skippedAt = async (emptyContrast: number) =>
        (await joined(new Predictor(model, { tile: 96, emptyContrast }), image)).skipped;
      expect(await skippedAt(limit + 0.01)).toBe(1);
      expect(await skippedAt(limit - 0.01)).toBe(0);
    }
  });

  it("have probability 0, and a small cell keeps its tile", async () => {
    const [height, width] = [64, 256];
    const random = numbers(2);
    const data = Uint8Array.from({ length: 3 * height * width }, () => 235 + 10 * random());
    for (let y = 30; y < 38; y++) data.fill(120, 3 * (y * width + 220), 3 * (y * width + 228));
    const image = { data, height, width };
    const options = { tile: 64, overlap: 0 };
    const all = await joined(new Predictor(model, options), image);
    const some = await joined(new Predictor(model, { ...options, emptyContrast: 10 }), image);
    expect([all.skipped, some.skipped]).toEqual([0, 3]);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        expect(some.probability[at]).toBe(x < 192 ? 0 : all.probability[at]);
      }
    }
  });
});

/** Probabilities of blobs, rings and noise, so that cells cross every row and column. */
function drawn(height: number, width: number, seed: number): Float32Array {
  const random = numbers(seed);
  const probability = Float32Array.from({ length: height * width }, () => random() * (random() < 0.04 ? 1 : 0.49));
  const cells = Math.ceil((height * width) / 90);
  for (let cell = 0; cell < cells; cell++) {
    const [cy, cx, radius, hole] = [random() * height, random() * width, 1 + 7 * random(), random() < 0.3 ? 0.5 : 0];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const distance = Math.hypot(y - cy, x - cx) / radius;
        if (distance <= 1 && distance >= hole) probability[y * width + x] = 0.5 + 0.5 * random();
      }
    }
  }
  return probability;
}

describe("cells joined across strips", () => {
  const sizes = [
    [1, 1],
    [1, 40],
    [41, 1],
    [29, 53],
    [64, 37],
    [101, 83],
  ] as const;

  const rules: CellRule[] = [
    { method: "components" as const },
    { method: "components" as const, minimumSize: 9, fillHoles: 12 },
    { method: "watershed" as const },
    { method: "watershed" as const, h: 0.5, probabilityWeight: 0, minimumSize: 5, fillHoles: 40 },
  ].map((separation) => ({ threshold: 0.5, separation: separationSchema.parse(separation) }));

  it.each(sizes)("of %i×%i pixels are those found at once, whatever the strips and the separation", async (height, width) => {
    const random = numbers(height * width);
    for (const [seed, rule] of rules.entries()) {
      const probability = drawn(height, width, seed);
      const whole = await Prediction.of(probability, height, width, rule);
      const expected = (await whole.toGeoJson()).features.map(({ geometry }) =>
        geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates,
      );
      const masks = (await whole.toCoco()).annotations.map(({ segmentation }) => segmentation.counts);
      for (const strip of [() => 1, () => 2, () => 7, () => height, () => 1 + Math.floor(9 * random())]) {
        const cells = new StripCells(height, width, rule);
        for (let top = 0; top < height; ) {
          const rows = Math.min(strip(), height - top);
          await cells.add(probability.subarray(top * width, (top + rows) * width));
          top += rows;
        }
        await cells.finish();
        expect(cells.instances).toEqual(whole.instances);
        const half = height >> 1;
        expect([...(await cells.labels(0, half)), ...(await cells.labels(half, height - half))]).toEqual([...whole.labels]);
        expect(await cells.mask(0, height)).toEqual(whole.mask.map((cell) => 255 * cell));
        const polygons: unknown[] = [];
        for await (const { cells: some, outlines } of cells.outlined()) {
          for (const { label } of some) polygons.push(outlines.polygons(label));
        }
        expect(polygons).toEqual(expected);
        const runs: string[] = [];
        for await (const { runs: some } of cells.runLengths()) runs.push(...some);
        expect(runs).toEqual(masks);
        cells.close();
      }
    }
  });

  it("refuse rows beyond the image, and answers before the last row", async () => {
    const cells = new StripCells(3, 5);
    await cells.add(new Float32Array(10));
    await expect(cells.finish()).rejects.toMatchObject({
      code: "ACINUS_INVALID_ARGUMENT",
      message: expect.stringMatching(/Only 2 of 3 rows/),
    });
    await expect(cells.add(new Float32Array(10))).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
    await expect(cells.look(new Uint8Array(30))).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
    await expect(cells.add(new Float32Array(7))).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
    cells.close();
    await expect(cells.add(new Float32Array(5))).rejects.toMatchObject({ code: "ACINUS_CLOSED" });
  });
});

/** The values of a TIFF, read by another program. */
async function samples(path: string): Promise<number[]> {
  const image = await (await fromFile(path)).getImage();
  const [values] = await image.readRasters();
  return [...(values as Uint32Array)];
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i]);
}

describe("a grey picture written row by row", () => {
  it.each([
    [1, 1, 8, false],
    [37, 71, 8, true],
    [300, 2011, 16, false],
    [5, 300_001, 32, false],
    [700, 801, 32, true],
  ] as const)(
    "of %i×%i pixels of %i bits (BigTIFF: %s) is read by others with the same values",
    async (height, width, bits, big) => {
      const random = numbers(width);
      const Values = { 8: Uint8Array, 16: Uint16Array, 32: Int32Array }[bits];
      const values = new Values(Array.from({ length: height * width }, () => Math.floor(random() * 2 ** Math.min(bits, 31))));
      const written = async (path: string, begin: BeginRows) => {
        const file = await UnfinishedFile.begin(path);
        const picture = await begin(file, { height, width, bits, big });
        for (let top = 0, rows = 1; top < height; top += rows) {
          rows = Math.min(1 + Math.floor(90 * random()), height - top);
          await picture.write(values.subarray(top * width, (top + rows) * width));
        }
        await picture.end();
        await file.finish(async ({ size, sha256 }) => {
          const content = readFileSync(file.temporary);
          expect([size, sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
        });
      };
      const tiff = join(temporary(), "a.tif");
      await written(tiff, beginTiff);
      expect(same(await samples(tiff), values)).toBe(true);
      expect(readFileSync(tiff)[2]).toBe(big ? 43 : 42);
      if (bits === 32) return;
      const png = join(temporary(), "a.png");
      await written(png, beginPng);
      const { data } = await pixels(png);
      const found = bits === 8 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
      expect(same(found, values)).toBe(true);
    },
  );
});

const pixels = async (path: string) => {
  const { depth } = await sharp(path).metadata();
  const space = depth === "ushort" ? "grey16" : "b-w";
  const { data, info } = await sharp(path).toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true });
  return { data, ...info };
};

describe("files written in strips", () => {
  const image = picture(210, 133, 8);
  const formats = ["png", "prob", "labels", "overlay", "geojson", "imagej"] as const;
  const threshold = async () => {
    // A random network says about the same everywhere: its median makes cells.
    const { probability } = await new Predictor(model, { tile: 64 }).predict(image);
    return Float32Array.from(probability).sort()[probability.length >> 1] as number;
  };
  it("hold what files written at once hold", async () => {
    const predictor = new Predictor(model, { tile: 64, threshold: await threshold() });
    const source = join(temporary(), "a.png");
    await sharp(image.data, { raw: { width: 133, height: 210, channels: 3 } }).toFile(source);
    const [whole, strips] = [temporary(), temporary()];
    await new PredictionFolder(whole, formats, [source]).add(source, await predictor.predict(source));
    const found = await new PredictionFolder(strips, formats, [source]).addStrips(source, await predictor.strips(source));
    const prediction = await predictor.predict(source);
    expect(found.cells).toBe(prediction.instances.length);
    expect(found.cells).toBeGreaterThan(3);
    expect(readdirSync(strips).sort()).toEqual(readdirSync(whole).sort());
    for (const name of ["a.geojson", "a-rois.zip"]) {
      expect(readFileSync(join(strips, name)).equals(readFileSync(join(whole, name)))).toBe(true);
    }
    const drawn = async (folder: string) => sharp(join(folder, "a-overlay.png")).raw().toBuffer({ resolveWithObject: true });
    expect(await drawn(strips)).toEqual(await drawn(whole));
    for (const name of ["a.png", "a-prob.png"]) {
      expect(await pixels(join(strips, name))).toEqual(await pixels(join(whole, name)));
    }
    expect(await samples(join(strips, "a-labels.tif"))).toEqual([...prediction.labels]);
    // A second call may replace them: they are recorded as acinus' own.
    await new PredictionFolder(strips, formats, [source]).addStrips(source, await predictor.strips(source));
  });

  it("have the table's rows and COCO's annotations too", async () => {
    const predictor = new Predictor(model, { tile: 64, threshold: await threshold() });
    const source = join(temporary(), "a.png");
    await sharp(image.data, { raw: { width: 133, height: 210, channels: 3 } }).toFile(source);
    const written: string[][] = [];
    for (const strips of [false, true]) {
      const folder = temporary();
      const results = new PredictionFolder(folder, ["csv", "coco"], [source]);
      if (strips) await results.addStrips(source, await predictor.strips(source, { pixelSize: 0.5 }));
      else await results.add(source, await predictor.predict(source, { pixelSize: 0.5 }));
      await results.finish();
      written.push(["cells.csv", "coco.json"].map((name) => readFileSync(join(folder, name), "utf8")));
    }
    expect(written[0]?.[0]?.split("\n").length).toBeGreaterThan(5);
    expect(written[1]).toEqual(written[0]);
  });

  it("are not there, and neither is anything half written, after an abort at any moment", async () => {
    const source = join(temporary(), "a.png");
    await sharp(image.data, { raw: { width: 133, height: 210, channels: 3 } }).toFile(source);
    const predictor = new Predictor(model, { tile: 64, batch: 1 });
    for (const stopAt of [1, 6, 12]) {
      const folder = temporary();
      const controller = new AbortController();
      const reason = new Error("enough");
      const onProgress = (done: number) => {
        if (done === stopAt) controller.abort(reason);
      };
      const { signal } = controller;
      const prediction = await predictor.strips(source, { signal, onProgress });
      const written = new PredictionFolder(folder, formats, [source]).addStrips(source, prediction, signal);
      await expect(written).rejects.toBe(reason);
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});
