/** A processor that multiplies bfloat16 leaves it to LibTorch: here it may use no more than AVX2, so that the prepared way is taken. */
process.env.ACINUS_CPU_ISA = "avx2";

import { describe, expect, it } from "vitest";
import type { ModelOptions } from "../../lib/index.js";
import { within } from "../within.js";
import { product } from "./formula.js";
import { create, logits, random } from "./random-network.js";

describe.each<ModelOptions>([
  { encoder: "efficientnet-b0" },
  { encoder: "efficientnet-b7" },
  { encoder: "efficientnet-lite0", architecture: "unet" },
])("%j in bf16, prepared for inference", (options) => {
  const shapes = [
    [1, 4, 64, 96],
    [3, 4, 41, 70],
  ];

  it("in bf16 is as near to fp32 as the network that trains in bf16", async () => {
    using model = await create(options);
    for (const shape of shapes) {
      const data = random(product(shape), 2);
      const exact = (await logits(model, data, shape, "fp32", false)).data;
      const [plain, found] = [await logits(model, data, shape, "bf16", false), await logits(model, data, shape, "bf16", true)];
      const [allowed, error] = [typicalError(plain.data, exact), typicalError(found.data, exact)];
      within("bf16 logits prepared for inference against fp32, root mean square of the largest", error, 2e-2, `at ${shape}`);
      expect(found.data).not.toEqual(plain.data); // it was the other way
      expect(error).toBeLessThan(1.25 * allowed);
    }
  });
});

/** The root mean square of the differences, relative to the largest magnitude expected. */
function typicalError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [squares, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    squares += ((actual[i] as number) - (expected[i] as number)) ** 2;
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return Math.sqrt(squares / expected.length) / largest;
}
