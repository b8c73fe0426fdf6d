import { describe, expect, it } from "vitest";
import { compare } from "../../bench/agreement.js";
import { judge, median, speedup, spread, summarize } from "../../bench/statistics.js";

describe("the benchmark's statistics", () => {
  it("take the middle value, or the mean of the middle two, whatever the order", () => {
    expect(median([3, 1, 10])).toBe(3);
    expect(median([10, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it("keep smallest, largest and count beside the median", () => {
    expect(summarize([5, 1, 2])).toEqual({ median: 2, min: 1, max: 5, count: 3 });
  });

  it("compare the sides within each round, so that a machine that slows down for both changes no ratio", () => {
    const rounds = [
      { ours: [1, 1, 9], theirs: [2, 2, 2] },
      { ours: [10, 10, 10], theirs: [20, 20, 20] },
      { ours: [1, 1, 1], theirs: [3, 3, 3] },
    ];
    expect(speedup(rounds)).toEqual({ median: 2, min: 2, max: 3, count: 3 });
  });

  it("measure noise by the medians of the rounds, not by a single slow run", () => {
    expect(spread([[1, 1, 9], [1.1, 1, 1.2], [1.2]])).toBeCloseTo(1.2);
  });

  it("judge by the median, and not at all where a noisy machine leaves it open", () => {
    const value = { median: 3.1, min: 2.5, max: 4, count: 3 };
    expect(judge(value, { atLeast: 3 }, false)).toBe("reached");
    expect(judge(value, { atLeast: 3 }, true)).toBe("too noisy to tell");
    expect(judge(value, { atLeast: 2 }, true)).toBe("reached");
    expect(judge(value, { atLeast: 5 }, true)).toBe("missed");
    expect(judge(value, { atMost: 3 }, false)).toBe("missed");
    expect(judge(value, { atMost: 4 }, true)).toBe("reached");
  });
});

describe("the benchmark's comparison of results", () => {
  const relative = { losses: { relative: 1e-3 } };

  it("takes the largest difference, relative to the larger number or absolute", () => {
    const [losses] = compare({ losses: [1, 2] }, { losses: [1, 2.001] }, relative);
    expect(losses?.difference).toBeCloseTo(0.001 / 2.001, 9);
    expect(losses?.agrees).toBe(true);
    expect(compare({ losses: [1, 2] }, { losses: [1, 2.003] }, relative)[0]?.agrees).toBe(false);
    expect(compare({ edges: [0, 0.5] }, { edges: [0.01, 0.5] }, { edges: { absolute: 0.02 } })[0]?.difference).toBeCloseTo(
      0.01,
      9,
    );
  });

  it("never takes numbers that are not finite for equal", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, null as unknown as number]) {
      expect(compare({ losses: [value] }, { losses: [value] }, relative)[0]?.agrees).toBe(false);
    }
  });

  it("needs the same count of numbers from both sides, and at least one", () => {
    for (const theirs of [{}, { losses: [] }, { losses: [1, 2] }] as Record<string, number[]>[]) {
      expect(() => compare({ losses: [1] }, theirs, relative)).toThrow("There is nothing to compare");
    }
  });
});
