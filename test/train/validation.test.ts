import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ValidationVerdict } from "../../lib/addon/contract.js";
import type { MonitorConfig } from "../../lib/config/train.js";
import { outlierTest, validationTrace } from "../../lib/functional/index.js";

interface Series {
  /** null: not finite */
  values: (number | null)[];
  decay: number | "auto";
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
    "a short run that rises late and collapses",
    "outliers that do not agree",
    "values that are not finite",
    "zeros",
    "noise",
  ];
  const trace = (index: number, options: MonitorConfig = {}) => judged(series[index] as Series, options);
  const judged = ({ values, decay }: Series, options: MonitorConfig = {}) =>
    validationTrace(
      values.map((value) => value ?? Number.NaN),
      { emaDecay: decay, ...options },
    );

  it.each(series.map((one, i) => ({ one, name: names[i % names.length], decay: one.decay })))(
    "judges $name as METHOD section 7 written in Python, decay $decay",
    ({ one }) => {
      const verdicts = judged(one);
      const flags = ({ ema: _ema, ...rest }: ValidationVerdict) => rest;
      expect(verdicts.map(flags)).toEqual(one.trace.map(flags));
      for (const [i, { ema }] of one.trace.entries()) {
        if (ema === null) expect(verdicts[i]?.ema).toBeNull();
        else expect(Math.abs((verdicts[i]?.ema ?? Number.NaN) - ema)).toBeLessThan(1e-12);
      }
    },
  );

  it("leaves the paper's drop to 13.66 % out of average and selection, and knows it for a catastrophe", () => {
    const drop = trace(1)[14];
    expect(drop).toMatchObject({ outlier: true, accepted: false, best: false, catastrophe: true });
    expect(drop?.ema).toBe(trace(1)[13]?.ema);
  });

  it.each([{ emaDecay: "auto" }, { emaDecay: 0.9 }] as const)(
    "takes the top of a short run for its best, and not the collapse after it, with $emaDecay",
    ({ emaDecay }) => {
      const verdicts = trace(7, { emaDecay });
      expect(verdicts.map(({ outlier }) => outlier)).not.toContain(true);
      expect(verdicts.map(({ best }) => best).lastIndexOf(true)).toBe(emaDecay === "auto" ? 5 : 6);
      expect(verdicts[7]).toMatchObject({ best: false, catastrophe: true });
    },
  );

  it("gives up a catastrophe with rollback, though no outlier test has seen it", () => {
    expect(trace(7, { rollback: true })[7]).toMatchObject({ outlier: false, accepted: false, catastrophe: true });
  });

  it("averages over a horizon that fits the run: raw scores up to 20 validations, the paper's 0.9 at 200", () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0.5 : 0.52));
    expect(validationTrace(values(20)).map(({ ema }) => ema)).toEqual(values(20));
    const long = values(200);
    expect(validationTrace(long)).toEqual(validationTrace(long, { emaDecay: 0.9 }));
    expect(validationTrace(values(100)).map(({ ema }) => ema)).toEqual(
      validationTrace(values(100), { emaDecay: 0.8 }).map(({ ema }) => ema),
    );
  });

  it("accepts the third outlier in a row as a new level", () => {
    const trace = validationTrace((series[2] as Series).values as number[]);
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
    expect(outliers(5)).toEqual([15]); // an improvement is never one
    expect(outliers(6)).toEqual([]);
    expect(outliers(8)).toEqual([8, 9, 10, 11, 12, 13, 14]);
    expect((series[8] as Series).trace.findLastIndex(({ accepted, outlier }) => outlier && accepted)).toBe(14);
  });

  it("prefers small losses when the loss selects", () => {
    expect(validationTrace([1, 0.5, 0.7, 3], { metric: "loss" }).map(({ best }) => best)).toEqual([true, true, false, false]);
  });

  it("never accepts a value that is not finite", () => {
    const trace = validationTrace([0.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0.6]);
    expect(trace.map(({ accepted }) => accepted)).toEqual([true, false, false, false, false, true]);
    expect(trace[5]?.ema).toBe(0.6);
  });
});

describe("outlierTest", () => {
  it("measures from the median of the last ten in units of 3.5 robust deviations", () => {
    const history = [99, 99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const { median, limit } = outlierTest(history, 5);
    expect(median).toBe(5.5);
    expect(limit).toBeCloseTo(3.5 * 1.4826 * 2.5, 12);
    expect(outlierTest(history, 5.5 - limit - 1e-9).outlier).toBe(true);
    expect(outlierTest(history, 5.5 - limit + 1e-9).outlier).toBe(false);
  });

  it("never calls an improvement an outlier, of a loss neither", () => {
    const history = [0.5, 0.5, 0.5, 0.5, 0.5];
    expect(outlierTest(history, 0.99).outlier).toBe(false);
    expect(outlierTest(history, 0.01, { higherIsBetter: false }).outlier).toBe(false);
    expect(outlierTest(history, 0.99, { higherIsBetter: false }).outlier).toBe(true);
    expect(outlierTest(history, Number.POSITIVE_INFINITY).outlier).toBe(true);
  });

  it("floors the deviation at 0.005 and says nothing about fewer than five values", () => {
    expect(outlierTest([0.9, 0.9, 0.9, 0.9, 0.9], 0.88).outlier).toBe(false);
    expect(outlierTest([0.9, 0.9, 0.9, 0.9, 0.9], 0.87).outlier).toBe(true);
    expect(outlierTest([0.9, 0.9, 0.9, 0.9], 0.1)).toEqual({
      outlier: false,
      median: Number.NaN,
      limit: Number.POSITIVE_INFINITY,
    });
  });
});
