import { describe, expect, it } from "vitest";
import { lossTerms } from "../../lib/config/loss.js";
import { stabilizedLoss } from "../../lib/functional/index.js";
import { largestDifference } from "../within.js";

const [height, width, kept] = [9, 12, 7];
const all = Array.from({ length: 2 * height * width }, (_, at) => ({
  x: at % width,
  y: Math.floor(at / width) % height,
  image: Math.floor(at / (height * width)),
}));
/** Pixels that are left out have large logits. */
const logits = Float64Array.from(all, ({ x, y }, i) => (x < kept ? Math.sin(1 + 3 * i) * 4 : 40 * (y - 4)));
const isCell = ({ x, y }: { x: number; y: number }) => (x - 3) ** 2 + (y - 4) ** 2 < 5;
const target = Uint8Array.from(all, (pixel) => (pixel.x < kept ? Number(isCell(pixel)) : 2));
const cut = <T extends number>(values: ArrayLike<T>) => all.flatMap(({ x }, i) => (x < kept ? [values[i] as T] : []));

describe("pixels that do not count", () => {
  for (const [type, numbers] of Object.entries({ float64: Float64Array, float32: Float32Array })) {
    it.each([...lossTerms, "all"])(`leave the loss and its gradient as without them, in ${type}: %s`, (term) => {
      const weights = Object.fromEntries(lossTerms.map((name) => [name, term === "all" || name === term ? 0.5 : 0]));
      const found = stabilizedLoss(numbers.from(logits), target, { shape: [2, 1, height, width], ...weights });
      const expected = stabilizedLoss(numbers.from(cut(logits)), Uint8Array.from(cut(target)), {
        ...{ shape: [2, 1, height, kept], ...weights },
      });
      const limit = type === "float64" ? 1e-12 : 1e-6;
      expect(Math.abs(found.value - expected.value)).toBeLessThan(limit * Math.max(1, Math.abs(expected.value)));
      expect(found.positiveWeight).toBeCloseTo(expected.positiveWeight, 10);
      expect(largestDifference(cut(found.gradient), expected.gradient)).toBeLessThan(limit);
      expect(all.every(({ x }, i) => x < kept || found.gradient[i] === 0)).toBe(true);
    });
  }

  it("give 0, and no gradient, where nothing counts", () => {
    const { value, gradient } = stabilizedLoss(new Float32Array(64).fill(3), new Uint8Array(64).fill(2), {
      shape: [1, 1, 8, 8],
    });
    expect([value, Math.max(...gradient.map(Math.abs))]).toEqual([0, 0]);
  });
});
