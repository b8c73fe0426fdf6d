import { describe, expect, it } from "vitest";
import { complexityWeight, connectedComponents, distanceTransform, maskStatistics } from "../../lib/functional/index.js";
import { largestDifference } from "../within.js";
import { bits, fixture } from "./scene.js";

interface Mask {
  height: number;
  width: number;
  mask: string;
}
const statistics =
  fixture<Record<string, Mask & { statistics: Record<string, number>; weight: number; former: number }>>("statistics");
const components = fixture<Record<string, Mask & { labels: number[]; distances: number[] | null }>>("components");

describe.each(Object.entries(statistics))("the mask %s", (_, { height, width, mask, weight, former, ...expected }) => {
  const found = maskStatistics(bits(mask), height, width);

  it("has scikit-image's area, components and perimeter", () => {
    const { perimeter, boundaryExcess, ...exact } = expected.statistics as { perimeter: number; boundaryExcess: number };
    expect(found).toMatchObject(exact);
    expect(Math.abs(found.perimeter - perimeter)).toBeLessThanOrEqual(1e-9 * Math.max(1, perimeter));
    expect(Math.abs(found.boundaryExcess - boundaryExcess)).toBeLessThanOrEqual(1e-9);
  });

  it("has the sampling weight of METHOD section 8", () => {
    expect(Math.abs(complexityWeight(found) - weight)).toBeLessThan(1e-9);
    expect(Math.abs(complexityWeight(found, { complexity: "v1" }) - former)).toBeLessThan(1e-9);
  });
});

describe.each(Object.entries(components))("the random mask %s", (_, { height, width, mask, labels, distances }) => {
  it("has scikit-image's labels", () => {
    const found = connectedComponents(bits(mask), height, width);
    expect(Array.from(found.labels)).toEqual(labels);
    expect(found.count).toBe(Math.max(0, ...labels));
  });

  it("has the distances of SciPy and OpenCV", () => {
    const found = distanceTransform(bits(mask), height, width);
    if (distances) expect(largestDifference(found, distances)).toBeLessThan(1e-5);
    else expect(found.every((distance) => distance === Number.POSITIVE_INFINITY)).toBe(true);
  });
});

describe("a mask that is given", () => {
  /** At every alignment of its first byte, and of every length modulo four. */
  const views = [0, 1, 2, 3].flatMap((offset) =>
    [2, 3, 4, 9, 16, 29, 30].map((length) => new Uint8Array(new ArrayBuffer(offset + length), offset)),
  );

  it.each([1, 255])("may hold 0 and %d", (cell) => {
    for (const mask of views) {
      mask.forEach((_, at) => {
        mask[at] = at % 3 === 0 ? cell : 0;
      });
      expect(maskStatistics(mask, 1, mask.length).area).toBe(Math.ceil(mask.length / 3));
    }
  });

  it.each([1, 255])("is refused where one of its values, beside 0 and %d, is another", (cell) => {
    for (const mask of views) {
      for (const other of [2, 128, 254, 256 - cell]) {
        for (let at = 1; at < mask.length; at++) {
          mask.fill(0);
          [mask[0], mask[at]] = [cell, other];
          const message = other === 256 - cell ? `Mask holds both ${cell} and ${other}` : `Mask[${at}] is ${other};`;
          expect(() => maskStatistics(mask, 1, mask.length)).toThrowError(message);
        }
      }
    }
  });
});
