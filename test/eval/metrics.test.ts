import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pixelScoreNames, scoreOf } from "../../lib/addon/scores.js";
import { connectedComponents, distanceTransform, metrics } from "../../lib/functional/index.js";
import { within } from "../within.js";

/** Made by test/fixtures/make/eval.py; null stands for undefined. */
interface Case {
  name: string;
  height: number;
  width: number;
  prediction: string;
  truth: string;
  counts: Record<string, number>;
  pixel: Record<string, number | null>;
  boundary: Record<string, number | null>;
  objects: Record<string, number | null>;
  causes: Record<string, number | null>;
  components: number;
  labelSum: number;
  distances: number[] | null;
}

const file = new URL("../fixtures/eval/metrics.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

function unpack(bits: string, pixels: number): Uint8Array {
  const bytes = Buffer.from(bits, "base64");
  return Uint8Array.from({ length: pixels }, (_, i) => ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1);
}

/** The script's formula: nearly flat on the left, noisy on the right. */
function picture(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x, channel] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    const grey = Math.trunc(120 + ((x < width / 2 ? 3 : 40) * (((7 * x + 5 * y) % 11) - 5)) / 5);
    return [grey, Math.floor(grey / 2), 255 - grey][channel] as number;
  });
}

function expectClose(part: string, actual: object, expected: Record<string, number | null>): void {
  for (const [key, value] of Object.entries(expected)) {
    const found = (actual as Record<string, number>)[key];
    if (value === null) expect(found, key).toBeNaN();
    else within(part, Math.abs((found as number) - value), 1e-9, `${key}: ${found} for ${value}`);
  }
}

describe.each(cases)("on $name", (fixture) => {
  const { height, width } = fixture;
  const prediction = unpack(fixture.prediction, height * width);
  const truth = unpack(fixture.truth, height * width);
  const scores = metrics(prediction, truth, height, width, picture(height, width));

  it("counts pixels and gives their scores as set operations do", () => {
    expect(scores.perImageScores[0]).toMatchObject(fixture.counts);
    const part = "pixel metrics against scikit-learn";
    expectClose(part, scores.perImageScores[0]?.pixel ?? {}, fixture.pixel);
    const micro = pixelScoreNames.map((name) => [name, scoreOf(scores, name, "Micro")]);
    expectClose(part, Object.fromEntries(micro), fixture.pixel);
  });
  it("gives MONAI's surface distances and the boundary F1 of all pairs of boundary pixels", () => {
    expectClose(
      "boundary F1, mean and 95th-percentile distance against MONAI and all pairs",
      scores.boundary,
      fixture.boundary,
    );
  });
  it("matches, merges and splits cells as sets of pixels do", () => {
    expectClose("object metrics against MONAI (panoptic quality) and sets of pixels", scores.objects, fixture.objects);
  });
  it("blames every wrong pixel on the cause the definitions name", () => {
    expectClose("causes of errors against their definitions", scores.causes, fixture.causes);
  });
  it("labels components as scipy and scikit-image do", () => {
    const { labels, count } = connectedComponents(prediction, height, width);
    expect(count).toBe(fixture.components);
    expect(labels.reduce((sum, label, i) => sum + label * (1 + (i % 97)), 0)).toBe(fixture.labelSum);
  });
  it("measures distances as scipy does, exactly up to float32", () => {
    const found = distanceTransform(prediction, height, width);
    if (fixture.distances === null) expect(found.every((d) => d === Number.POSITIVE_INFINITY)).toBe(true);
    fixture.distances?.forEach((expected, i) => {
      const error = Math.abs((found[17 * i] as number) - expected) / Math.max(1, expected);
      within("distance transform against SciPy, relative", error, 2e-6);
    });
  });
});

const emptied = ["dice", "iou", "precision", "recall"] as const;

describe.each([0, "undefined"] as const)("with %s for an empty prediction on an empty truth", (emptyPolicy) => {
  const score = emptyPolicy === 0 ? 0 : Number.NaN;

  it.each(cases)("changes that case alone: $name", ({ name, height, width, prediction, truth }) => {
    const [found, real] = [unpack(prediction, height * width), unpack(truth, height * width)];
    const usual = metrics(found, real, height, width);
    const other = metrics(found, real, height, width, undefined, { emptyPolicy });
    if (name !== "both empty") return expect(other).toEqual(usual);
    for (const average of ["Micro", "PerImage"] as const) {
      expect(emptied.map((key) => scoreOf(other, key, average))).toEqual([score, score, score, score]);
      expect(scoreOf(other, "specificity", average)).toBe(1);
    }
    expect(emptied.map((key) => other.perImageScores[0]?.pixel[key])).toEqual([score, score, score, score]);
    const { precision, recall, f1, panopticQuality } = other.objects;
    expect([precision, recall, f1, panopticQuality]).toEqual([score, score, score, score]);
  });
});

describe("metrics", () => {
  it("names the policies there are", () => {
    const refused = expect.objectContaining({ code: "ACINUS_CONFIG", message: expect.stringContaining("one of 1, 0, ") });
    const pixel = new Uint8Array(1);
    expect(() => metrics(pixel, pixel, 1, 1, undefined, { emptyPolicy: 0.5 as never })).toThrowError(refused);
  });
  it("leaves low contrast undefined, and its pixels elsewhere, where the image is not given", () => {
    const truth = new Uint8Array(40 * 40);
    truth.fill(1, 0, 5 * 40);
    const none = new Uint8Array(40 * 40);
    const with_ = metrics(none, truth, 40, 40, new Uint8Array(40 * 40 * 3)).causes;
    const without = metrics(none, truth, 40, 40).causes;
    expect([with_.boundary, with_.lowContrast, with_.elsewhere]).toEqual([1, 0, 0]);
    expect(without.lowContrast).toBeNaN();
  });
  it("refuses a mask of another size by its numbers", () => {
    expect(() => metrics(new Uint8Array(5), new Uint8Array(6), 2, 3)).toThrowError(/5/);
  });
});
