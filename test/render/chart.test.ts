import { describe, expect, it } from "vitest";
import { plot, thinned } from "../../lib/render/chart.js";
import { logTicks, scaleOf, ticksOf, written } from "../../lib/render/scale.js";

describe("a chart", () => {
  const points = [1, 2, 3].map((x) => ({ x, y: x * x }));

  it("tells what it shows to those who do not see it, and each value where the pointer rests", () => {
    const svg = plot({ title: "Loss <b>", xTitle: "epoch", lines: [{ name: 'a"b', points }] });
    expect(svg).toContain('aria-label="Loss &#60;b&#62;. a&#34;b: from 1 to 9."');
    expect(svg).toContain("<title>a&#34;b: 4 at 2</title>");
    expect(svg).not.toMatch(/<b>|a"b/);
  });

  it("breaks the line at what is no number, and is empty without any", () => {
    const broken = plot({
      title: "",
      xTitle: "",
      lines: [{ name: "", points: [...points, { x: 4, y: Number.NaN }, { x: 5, y: 1 }] }],
    });
    expect(broken.match(/<polyline/g)).toHaveLength(2);
    expect(plot({ title: "", xTitle: "", lines: [{ name: "", points: [{ x: 1, y: Number.NaN }] }] })).toBe("");
  });

  it("draws a single value, and values that are all the same", () => {
    for (const some of [[{ x: 1, y: 0 }], points.map(({ x }) => ({ x, y: 0.5 }))]) {
      expect(plot({ title: "", xTitle: "", lines: [{ name: "", points: some }] })).not.toMatch(/NaN|Infinity/);
    }
  });

  it("on a logarithmic scale leaves out what has no place there", () => {
    const svg = plot({ title: "", xTitle: "", scale: "log", lines: [{ name: "n", points: [{ x: 0, y: 0 }, ...points] }] });
    expect(svg).not.toMatch(/NaN|Infinity|n: 0 at/);
  });

  it("thins many values to means with a band from lowest to highest", () => {
    const many = Array.from({ length: 1000 }, (_, x) => ({ x, y: x % 10 }));
    const some = thinned(many, 100);
    expect(some).toHaveLength(100);
    expect(some[0]).toEqual({ x: 4.5, y: 4.5, range: [0, 9] });
    expect(thinned(many.slice(0, 50), 100)).toEqual(many.slice(0, 50));
  });
});

describe("an axis", () => {
  it("has round ticks", () => {
    expect(ticksOf([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf([1, 12], 8)).toEqual([2, 4, 6, 8, 10, 12]);
    expect(ticksOf([-0.013, 0.021], 5)).toEqual([-0.01, 0, 0.01, 0.02]);
    expect(logTicks([0.02, 30])).toEqual([0.1, 1, 10]);
  });

  it("leads values to places", () => {
    const scale = scaleOf([1, 100], [0, 10], "log");
    expect([scale(1), scale(10), scale(100)].map((place) => Math.round(place))).toEqual([0, 5, 10]);
    expect([0, 0.12345678, 1234567, 2e-5, -3].map(written)).toEqual(["0", "0.1235", "1.2e+6", "2e−5", "−3"]);
  });
});
