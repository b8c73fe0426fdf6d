import { describe, expect, it } from "vitest";
import { dihedralTransforms, type TestTimeTransformName, testTimeTransforms } from "../../lib/functional/index.js";
import { fixture } from "./scene.js";

const expected = fixture<Record<string, { shape: number[]; data: number[] }>>("tta");
const image = Float32Array.from({ length: 30 }, (_, i) => i);

/** Where each pixel of the result comes from, by its row and column there and the size of the image. */
const source: Record<TestTimeTransformName, (y: number, x: number, height: number, width: number) => [number, number]> = {
  identity: (y, x) => [y, x],
  hflip: (y, x, _, width) => [y, width - 1 - x],
  vflip: (y, x, height) => [height - 1 - y, x],
  rot90: (y, x, _, width) => [x, width - 1 - y],
  rot180: (y, x, height, width) => [height - 1 - y, width - 1 - x],
  rot270: (y, x, height) => [height - 1 - x, y],
  transpose: (y, x) => [x, y],
  transverse: (y, x, height, width) => [height - 1 - x, width - 1 - y],
};

describe.each(dihedralTransforms)("the test-time transform $name", ({ name, apply, invert }) => {
  it("is NumPy's, and its inverse leads back exactly", () => {
    const turned = apply(image, [2, 3, 5]);
    expect({ shape: turned.shape, data: Array.from(turned.data) }).toEqual(expected[name]);
    expect(invert(turned.data, turned.shape)).toEqual({ shape: [2, 3, 5], data: image });
  });

  it("fetches each pixel from where its definition says", () => {
    const [height, width] = [4, 7];
    const values = Float32Array.from({ length: height * width }, (_, i) => i);
    const turned = apply(values, [height, width]);
    const columns = turned.shape[1] as number;
    const expectedData = Array.from(turned.data, (_, i) => {
      const [y, x] = source[name](Math.floor(i / columns), i % columns, height, width);
      return values[y * width + x];
    });
    expect(Array.from(turned.data)).toEqual(expectedData);
    expect(turned.shape).toEqual(/^(rot90|rot270|trans)/.test(name) ? [width, height] : [height, width]);
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

it("has eight different transforms, all that NumPy made, and takes all but the anti-transpose by default", () => {
  expect(dihedralTransforms.map(({ name }) => name).toSorted()).toEqual(Object.keys(expected).toSorted());
  const results = dihedralTransforms.map(({ apply }) => String(apply(image, [2, 3, 5]).data));
  expect(new Set(results).size).toBe(8);
  expect(testTimeTransforms).toEqual(dihedralTransforms.slice(0, 7));
  expect(dihedralTransforms[7]?.name).toBe("transverse");
});
