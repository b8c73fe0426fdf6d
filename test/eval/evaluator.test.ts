import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scoreOf } from "../../lib/addon/scores.js";
import { Dataset } from "../../lib/dataset/dataset.js";
import { type Evaluation, Evaluator } from "../../lib/evaluate/evaluator.js";
import { scoresTable, worstTable } from "../../lib/evaluate/summary.js";
import { writeSummary } from "../../lib/evaluate/summary-files.js";
import { metrics } from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { median, numbers, picture } from "../predict/pictures.js";
import { temporary } from "../temporary.js";

const sizes = [
  [48, 64],
  [40, 56],
  [48, 64],
  [48, 64],
  [40, 56],
  [48, 64],
  [40, 56],
  [48, 64],
  [40, 56],
] as const;
const [emptyImage, badImage] = [7, 8];
const images = sizes.map(([height, width], i) => picture(height, width, 100 + i));

let model: Model;
let dataset: Dataset;
let threshold: number;
let scores: Evaluation;
const masks: Uint8Array[] = [];
const predictions: Uint8Array[] = [];

// The truth is what the model itself says with a little noise, so that an untrained network gives telling scores; one image has no
// cells and one the wrong ones.
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
  const folder = temporary();
  for (const kind of ["images", "masks"]) mkdirSync(join(folder, kind));
  const found = await Promise.all(images.map((image) => new Predictor(model).predict(image)));
  threshold = median(found.flatMap(({ probability }) => Array.from(probability)));
  const random = numbers(4);
  for (const [i, { probability, height, width }] of found.entries()) {
    const predicted = Uint8Array.from(probability, (p) => (p >= threshold ? 1 : 0));
    const noise = i === badImage ? 0.9 : 0.01 * (1 + (i % 3));
    predictions.push(predicted);
    masks.push(predicted.map((value) => (i === emptyImage ? 0 : random() < noise ? 1 - value : value)));
    await sharp(images[i]?.data, { raw: { width, height, channels: 3 } }).toFile(join(folder, "images", `${i}.png`));
    await sharp(
      (masks[i] as Uint8Array).map((v) => v * 255),
      { raw: { width, height, channels: 1 } },
    )
      .toColourspace("b-w")
      .toFile(join(folder, "masks", `${i}.png`));
  }
  dataset = await Dataset.open(folder);
  scores = await new Evaluator(model, { threshold, batch: 1, worst: 3 }).evaluate(dataset);
});
afterAll(() => {
  dataset.close();
  model.close();
});

const each = () =>
  images.map(({ data, height, width }, i) => {
    const one = metrics(predictions[i] as Uint8Array, masks[i] as Uint8Array, height, width, data);
    return { ...(one.perImageScores[0] as (typeof one.perImageScores)[number]), causes: one.causes };
  });
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const defined = (values: number[]) => values.filter((value) => !Number.isNaN(value));
const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

describe("an evaluation", () => {
  it("scores every image as its prediction is scored by itself, in the data set's order", () => {
    const expected = each();
    scores.perImageScores.forEach(({ files, size, ...image }, i) => {
      expect(basename(files.image)).toBe(`${i}.png`);
      expect([size.height, size.width]).toEqual(sizes[i]);
      const { causes: _, ...alone } = expected[i] as (typeof expected)[number];
      expect({ ...image, outlier: false }).toEqual({ ...alone, index: i });
    });
  });

  it("takes means over all images, over those with cells, and sums over pixels", () => {
    const all = each();
    const cells = all.filter((image) => image.hasCells);
    expect([scores.images, scores.imagesWithCells]).toEqual([9, 8]);
    for (const key of ["dice", "iou", "precision", "recall", "specificity"] as const) {
      expect(scoreOf(scores, key, "PerImage")).toBeCloseTo(mean(defined(all.map(({ pixel }) => pixel[key]))), 12);
      expect(scoreOf(scores, key, "WithCells")).toBeCloseTo(mean(defined(cells.map(({ pixel }) => pixel[key]))), 12);
    }
    const [tp, fp, fn] = (["tp", "fp", "fn"] as const).map((key) => total(all.map((image) => image[key]))) as [
      number,
      number,
      number,
    ];
    expect(scores.diceMicro.value).toBeCloseTo((2 * tp) / (2 * tp + fp + fn), 12);
    expect(scores.iouMicro.value).toBeCloseTo(tp / (tp + fp + fn), 12);
    expect(scores.precisionMicro).toBeCloseTo(tp / (tp + fp), 12);
  });

  it("takes boundary means where they are defined and counts where they are not", () => {
    const all = each();
    for (const key of ["f1", "meanDistance", "hd95", "errorShare"] as const) {
      const values = all.map(({ boundary }) => boundary[key]);
      expect(scores.boundary[key]).toBeCloseTo(mean(defined(values)), 12);
      expect(scores.undefinedScores[key === "f1" ? "boundaryF1" : key]).toBe(values.length - defined(values).length);
    }
    // The image without cells: recall 0/0, and two distances to a boundary that is not there.
    expect(scores.undefinedScores).toMatchObject({ recall: 1, meanDistance: 1, hd95: 1, dice: 0 });
  });

  it("adds up objects and causes over the set", () => {
    const all = each();
    for (const key of ["truth", "predicted", "matched", "missed", "phantom", "merged", "split"] as const) {
      expect(scores.objects[key]).toBe(total(all.map(({ objects }) => objects[key])));
    }
    expect(scores.objects.f1).toBeCloseTo((2 * scores.objects.matched) / (scores.objects.truth + scores.objects.predicted), 12);
    const wrong = all.map(({ fp, fn }) => fp + fn);
    for (const key of ["smallComponent", "boundary", "lowContrast", "elsewhere"] as const) {
      const share = total(all.map(({ causes }, i) => (wrong[i] ? causes[key] * (wrong[i] as number) : 0))) / total(wrong);
      expect(scores.causes[key]).toBeCloseTo(share, 12);
    }
  });

  it("lists the image that is far from the others, and the worst, without leaving them out", () => {
    expect(scores.outliers.map(({ index }) => index)).toEqual([badImage]);
    expect(scores.worst.map(({ index }) => index)).toEqual(expect.arrayContaining([emptyImage, badImage]));
    expect(scores.worst).toHaveLength(3);
  });

  it("with test-time augmentation scores the augmented predictions", async () => {
    const one = dataset.subset([1]);
    const augmented = await new Evaluator(model, { threshold, tta: true }).evaluate(one);
    const { data, height, width } = images[1] as (typeof images)[number];
    const { mask } = await new Predictor(model, { threshold, tta: true }).predict({ data, height, width });
    const expected = metrics(mask, masks[1] as Uint8Array, height, width).perImageScores[0];
    expect(augmented.perImageScores[0]).toMatchObject({ tp: expected?.tp, fp: expected?.fp, fn: expected?.fn });
    one.close();
  });

  it("does not depend on how images share batches", async () => {
    const batched = await new Evaluator(model, { threshold, batch: 4 }).evaluate(dataset);
    batched.perImageScores.forEach(({ tp }, i) => {
      // A pixel at the threshold may fall to either side by rounding.
      expect(Math.abs(tp - (scores.perImageScores[i]?.tp as number))).toBeLessThanOrEqual(2);
    });
  });

  it("reports its progress up to the last image, and stops when aborted", async () => {
    const seen: number[][] = [];
    await new Evaluator(model, { batch: 4, bootstrapRounds: 0 }).evaluate(dataset, { onProgress: (...at) => seen.push(at) });
    expect(seen).toEqual([
      [4, 9],
      [8, 9],
      [9, 9],
    ]);
    const controller = new AbortController();
    const running = new Evaluator(model, { batch: 1 }).evaluate(dataset, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrowError("enough");
  });

  it("refuses options it does not know by the nearest name", () => {
    expect(() => new Evaluator(model, { treshold: 0.4 } as object)).toThrowError(/did you mean "threshold"/);
  });
});

describe("its intervals", () => {
  it("are the same for the same seed, others for another, and none without rounds", async () => {
    const run = (options: object) => new Evaluator(model, { threshold, batch: 1, ...options }).evaluate(dataset);
    const [again, other, none] = [await run({}), await run({ seed: 1 }), await run({ bootstrapRounds: 0 })];
    for (const key of ["dicePerImage", "diceWithCells", "diceMicro", "iouMicro"] as const) {
      expect(again[key]).toEqual(scores[key]);
      expect(other[key].value).toBe(scores[key].value);
      expect(none[key].low).toBeNaN();
    }
    expect(other.diceMicro.low).not.toBe(scores.diceMicro.low);
  });

  it("are those of resampled images, to the precision of the resampling", async () => {
    const { diceWithCells, diceMicro } = await new Evaluator(model, { threshold, batch: 1, bootstrapRounds: 20000 }).evaluate(
      dataset,
    );
    const random = numbers(8);
    const resampled = <T>(from: readonly T[], statistic: (drawn: T[]) => number) => {
      const values = Array.from({ length: 20000 }, () =>
        statistic(from.map(() => from[Math.floor(random() * from.length)] as T)),
      );
      values.sort((a, b) => a - b);
      return { low: values[500] as number, high: values[19499] as number };
    };
    const cells = scores.perImageScores.filter((image) => image.hasCells);
    const micro = resampled(scores.perImageScores, (drawn) => {
      const both = total(drawn.map(({ tp }) => 2 * tp));
      return both / (both + total(drawn.map(({ fp, fn }) => fp + fn)));
    });
    const perImage = resampled(cells, (drawn) => mean(drawn.map(({ pixel }) => pixel.dice)));
    // Nine images and one far off make steps between the possible sets; a few hundredths are one such step.
    for (const [found, expected] of [
      [diceMicro, micro],
      [diceWithCells, perImage],
    ] as const) {
      expect(Math.abs(found.low - expected.low)).toBeLessThan(0.03);
      expect(Math.abs(found.high - expected.high)).toBeLessThan(0.03);
      expect(found.low).toBeLessThan(found.value);
      expect(found.high).toBeGreaterThan(found.value);
    }
  });
});

describe("an empty prediction on an empty truth", () => {
  const probabilities: Float32Array[] = [];
  let [quietest, limit] = [0, 0];
  let tiles: Dataset;

  // The image whose pixels are all below the threshold has an empty truth; the others' is their prediction and every seventh pixel.
  beforeAll(async () => {
    for (const image of images) probabilities.push((await new Predictor(model).predict(image)).probability);
    const highest = probabilities.map((values) => Math.max(...values));
    const [lowest, next] = highest.toSorted((a, b) => a - b) as [number, number];
    quietest = highest.indexOf(lowest);
    limit = (lowest + next) / 2;
    const folder = temporary();
    for (const kind of ["images", "masks"]) mkdirSync(join(folder, kind));
    for (const [i, { data, height, width }] of images.entries()) {
      const cells = probabilities[i]?.map((p, at) => (i !== quietest && (p >= limit || at % 7 === 0) ? 255 : 0));
      await sharp(data, { raw: { width, height, channels: 3 } }).toFile(join(folder, "images", `${i}.png`));
      await sharp(Uint8Array.from(cells as Float32Array), { raw: { width, height, channels: 1 } })
        .toColourspace("b-w")
        .toFile(join(folder, "masks", `${i}.png`));
    }
    tiles = await Dataset.open(folder);
  });
  afterAll(() => tiles.close());

  it.each([
    [1, 1],
    [0, 0],
    ["undefined", Number.NaN],
  ] as const)("scores %s where so declared, in Dice and IoU, and is counted where undefined", async (emptyPolicy, score) => {
    const found = await new Evaluator(model, { threshold: limit, batch: 1, emptyPolicy, worst: 9 }).evaluate(tiles);
    expect(found.emptyPolicy).toBe(emptyPolicy);
    for (const key of ["dice", "iou"] as const) {
      const values = found.perImageScores.map(({ pixel }) => pixel[key]);
      expect(values[quietest]).toBe(score);
      expect(values.filter((value) => value > 0 && value < 1)).toHaveLength(8);
      expect(scoreOf(found, key, "PerImage")).toBeCloseTo(mean(defined(values)), 12);
      expect(scoreOf(found, key, "WithCells")).toBeCloseTo(mean(values.filter((_, i) => i !== quietest)), 12);
      expect(found.undefinedScores[key]).toBe(emptyPolicy === "undefined" ? 1 : 0);
    }
    const { value, low, high } = found.dicePerImage;
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(found.worst).toHaveLength(emptyPolicy === "undefined" ? 8 : 9);
    expect(found.worst.findIndex(({ index }) => index === quietest)).toBe({ 1: 8, 0: 0, undefined: -1 }[emptyPolicy]);

    const summary = JSON.parse(readFileSync(await writeSummary(temporary(), found), "utf8"));
    expect(summary.emptyPolicy).toBe(emptyPolicy);
    expect(summary.perImageScores[quietest].pixel.dice).toBe(Number.isNaN(score) ? null : score);
    const said = { 1: undefined, 0: "scores 0", undefined: "is left out (1 image)" }[emptyPolicy];
    const line = scoresTable(found).match(/^An empty prediction on an empty truth (.*)$/m)?.[1];
    expect(line).toBe(said);
  });

  it("that is all there is leaves every mean undefined, not 0", async () => {
    using alone = tiles.subset([quietest]);
    const { dicePerImage, diceMicro, iouPerImage, precisionMicro } = await new Evaluator(model, {
      threshold: limit,
      emptyPolicy: "undefined",
    }).evaluate(alone);
    for (const value of [...Object.values(dicePerImage), ...Object.values(diceMicro), iouPerImage, precisionMicro]) {
      expect(value).toBeNaN();
    }
  });
});

describe("its summary", () => {
  it("is a JSON file with the policy, every score and null for what is undefined", async () => {
    const folder = temporary();
    const path = await writeSummary(folder, scores, { data: "tiles" });
    expect(path).toBe(join(folder, "validation", "summary.json"));
    const summary = JSON.parse(readFileSync(path, "utf8"));
    expect(summary).toMatchObject({
      format: "acinus-summary-2",
      data: "tiles",
      emptyPolicy: 1,
      images: 9,
      dicePerImage: scores.dicePerImage,
    });
    expect(summary.perImageScores).toHaveLength(9);
    expect(summary.perImageScores[emptyImage].boundary.hd95).toBeNull();
    expect(summary.outliers).toHaveLength(1);
  });

  it("prints within 80 columns, the headline first", () => {
    const lines = scoresTable(scores).split("\n");
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.find((line) => line.includes("per image with cells"))).toContain(scores.diceWithCells.value.toFixed(4));
    expect(worstTable(scores, 2).split("\n")).toHaveLength(2);
    expect(worstTable(scores, 3)).toContain("(outlier)");
  });
});
