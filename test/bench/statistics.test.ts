import { describe, expect, it } from "vitest";
import { median, speedup, summarize } from "../../bench/statistics.js";

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
      { acinus: [1, 1, 9], baseline: [2, 2, 2] },
      { acinus: [10, 10, 10], baseline: [20, 20, 20] },
      { acinus: [1, 1, 1], baseline: [3, 3, 3] },
    ];
    expect(speedup(rounds)).toEqual({ median: 2, min: 2, max: 3, count: 3 });
  });
});
