import { describe, expect, it } from "vitest";
import { learningOf } from "../../lib/compare/learning.js";
import type { ImageRecord } from "../../lib/compare/metrics.js";
import { metricOf } from "../../lib/compare/metrics.js";
import { holm, interval, pValue, Resampling } from "../../lib/compare/statistics.js";

const image = (name: string, dice: number, more: Partial<ImageRecord> = {}): ImageRecord => ({
  ...{ image: name, height: 64, width: 64, hasCells: true, dice, tp: 0, fp: 0, fn: 0 },
  ...{ boundaryF1: dice, boundaryDistance: Number.NaN, shift: Number.NaN, cells: 1, predicted: 1, matched: 1 },
  ...{ small: 0, smallMatched: 0, lesions: 0, lesionsMatched: 0 },
  ...more,
});

it("Holm's correction is that of R's p.adjust", () => {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const found = holm([0.01, 0.04, 0.03, 0.005]);
  expect(found.map((p) => Number(p.toFixed(12)))).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.5, Number.NaN, 0.9])).toEqual([1, Number.NaN, 1]);
});

describe("resampling", () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}`);
  const dice = names.map((_, i) => 0.5 + 0.4 * Math.sin(i));
  const images = names.map((name, i) => image(name, dice[i] as number));
  const apart = new Map(names.map((name) => [name, name]));

  it("gives the interval of the normal approximation for a mean", () => {
    const mean = dice.reduce((a, b) => a + b) / dice.length;
    const deviation = Math.sqrt(dice.reduce((sum, value) => sum + (value - mean) ** 2, 0) / dice.length / dice.length);
    const [low, high] = interval(new Resampling(apart, 10_000, 1).values("diceWithCells", [{ key: "0", images }]));
    expect(Math.abs(low - (mean - 1.96 * deviation))).toBeLessThan(0.1 * deviation);
    expect(Math.abs(high - (mean + 1.96 * deviation))).toBeLessThan(0.1 * deviation);
  });

  it("draws the images of a group together", () => {
    const groups = new Map(names.map((name, i) => [name, `${i % 2}`]));
    const values = new Resampling(groups, 200, 1).values("diceWithCells", [{ key: "0", images }]);
    expect(new Set(Array.from(values, (value) => value.toFixed(9))).size).toBe(3);
  });

  it("sees a difference of every image as real, and none where there is none", () => {
    const resampling = new Resampling(apart, 2000, 1);
    const better = names.map((name, i) => image(name, (dice[i] as number) + 0.01));
    const [a, b] = [better, images].map((list) => resampling.values("diceWithCells", [{ key: "0", images: list }])) as [
      Float64Array,
      Float64Array,
    ];
    expect(pValue(a.map((value, i) => value - (b[i] as number)))).toBeCloseTo(2 / 2001, 12);
    expect(pValue(b.map((value, i) => value - (b[i] as number)))).toBe(1);
  });
});

it("scores are quotients of sums; what is undefined is left out", () => {
  const images = [
    image("a", 0.5, { tp: 10, fp: 5, fn: 5, lesions: 3, lesionsMatched: 1 }),
    image("b", 1, { tp: 0, hasCells: false }),
  ];
  expect(metricOf("diceWithCells", images)).toBe(0.5);
  expect(metricOf("dicePerImage", images)).toBe(0.75);
  expect(metricOf("diceMicro", images)).toBeCloseTo(20 / 30, 12);
  expect(metricOf("lesionRecall", images)).toBeCloseTo(1 / 3, 12);
  expect(metricOf("shift", images)).toBeNaN();
});

it("a run's log tells collapses and unrest", () => {
  const scores = (dice: number) => ({
    dicePerImage: dice,
    diceWithCells: dice,
    diceMicro: dice,
    iouMicro: 0,
    precisionMicro: 0,
    recallMicro: 0,
    loss: 0,
  });
  const epochs = [0.2, 0.8, 0.3, 0.8, 0.7, 0.8].map((dice, epoch) => ({
    ...{ type: "epoch" as const, epoch, loss: 1, terms: {}, seconds: 30, learningRate: 1, skippedSteps: 0 },
    ...{ validation: scores(dice), ema: null, best: false },
  }));
  const { collapses, jitter, minutes } = learningOf(epochs);
  expect([collapses, minutes]).toEqual([1, 3]);
  expect(jitter).toBeCloseTo(0.1, 12);
});
