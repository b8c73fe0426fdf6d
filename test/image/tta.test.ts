import { describe, expect, it } from "vitest";
import { testTimeTransforms } from "../../lib/functional/index.js";
import { fixture } from "./scene.js";

const expected = fixture<Record<string, { shape: number[]; data: number[] }>>("tta");
const image = Float32Array.from({ length: 30 }, (_, i) => i);

describe.each(testTimeTransforms)("the test-time transform $name", ({ name, apply, invert }) => {
  it("is NumPy's, and its inverse leads back exactly", () => {
    const turned = apply(image, [2, 3, 5]);
    expect({ shape: turned.shape, data: Array.from(turned.data) }).toEqual(expected[name]);
    expect(invert(turned.data, turned.shape)).toEqual({ shape: [2, 3, 5], data: image });
  });

  it("leads back from squares, lines and single pixels too", () => {
    for (const shape of [
      [1, 1, 1],
      [1, 1, 7],
      [3, 4, 4],
      [6, 1],
    ]) {
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => 3 * i + 1);
      const turned = apply(values, shape);
      expect(invert(turned.data, turned.shape)).toEqual({ shape, data: values });
    }
  });
});

it("has seven different transforms, all that NumPy made", () => {
  expect(testTimeTransforms.map(({ name }) => name).toSorted()).toEqual(Object.keys(expected).toSorted());
  const results = testTimeTransforms.map(({ apply }) => String(apply(image, [2, 3, 5]).data));
  expect(new Set(results).size).toBe(7);
});
