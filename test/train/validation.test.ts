import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ValidationVerdict } from "../../lib/addon/contract.js";
import { outlierTest, validationTrace } from "../../lib/functional/index.js";

interface Series {
  values: number[];
  trace: ValidationVerdict[];
}
const series = JSON.parse(readFileSync(new URL("../fixtures/train/validation.json", import.meta.url), "utf8")) as Series[];

describe("validation", () => {
  const names = [
    "a rising curve",
    "two sudden drops",
    "a lasting drop",
    "two values only",
    "outliers never three in a row",
    "a curve that does not move, at the floor of the MAD",
    "a slow climb, seen through a window of ten",
  ];
  it.each(series.map((one, i) => ({ one, name: names[i] })))(
    "judges $name exactly as METHOD section 7 written in Python",
    ({ one }) => {
      expect(validationTrace(one.values)).toEqual(one.trace);
    },
  );

  it("leaves the paper's drop to 13.66 % out of average and selection, and knows it for a catastrophe", () => {
    const drop = validationTrace((series[1] as Series).values)[14];
    expect(drop).toMatchObject({ outlier: true, accepted: false, best: false, catastrophe: true });
    expect(drop?.ema).toBe(validationTrace((series[1] as Series).values)[13]?.ema);
  });

  it("accepts the third outlier in a row as a new level", () => {
    const trace = validationTrace((series[2] as Series).values);
    expect(trace.slice(12, 18).map(({ outlier, accepted }) => [outlier, accepted])).toEqual([
      [true, false],
      [true, false],
      [true, true],
      [false, true],
      [false, true],
      [false, true],
    ]);
  });

  it("judges the series for what they are made for, so that the comparison above says something", () => {
    const outliers = (index: number) => (series[index] as Series).trace.flatMap(({ outlier }, at) => (outlier ? [at] : []));
    expect(outliers(4)).toEqual([8, 9, 11, 12]);
    expect(outliers(5)).toEqual([12, 15]);
    expect(outliers(6)).toEqual([]);
  });

  it("prefers small losses when the loss selects", () => {
    expect(validationTrace([1, 0.5, 0.7, 3], { metric: "loss" }).map(({ best }) => best)).toEqual([true, true, true, false]);
  });

  it("never accepts a value that is not finite", () => {
    const trace = validationTrace([0.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0.6]);
    expect(trace.map(({ accepted }) => accepted)).toEqual([true, false, false, false, false, true]);
    expect(trace[5]?.ema).toBeCloseTo(0.51, 12);
  });
});

describe("outlierTest", () => {
  it("measures from the median of the last ten in units of 3.5 robust deviations", () => {
    const history = [99, 99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const { median, limit } = outlierTest(history, 5);
    expect(median).toBe(5.5);
    expect(limit).toBeCloseTo(3.5 * 1.4826 * 2.5, 12);
    expect(outlierTest(history, 5.5 + limit + 1e-9).outlier).toBe(true);
    expect(outlierTest(history, 5.5 + limit - 1e-9).outlier).toBe(false);
  });

  it("floors the deviation at 0.005 and says nothing about fewer than five values", () => {
    expect(outlierTest([0.9, 0.9, 0.9, 0.9, 0.9], 0.92).outlier).toBe(false);
    expect(outlierTest([0.9, 0.9, 0.9, 0.9, 0.9], 0.93).outlier).toBe(true);
    expect(outlierTest([0.9, 0.9, 0.9, 0.9], 0.1)).toEqual({
      outlier: false,
      median: Number.NaN,
      limit: Number.POSITIVE_INFINITY,
    });
  });
});
