import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { oneCycle } from "../../lib/functional/index.js";
import { within } from "../within.js";

interface Run {
  totalSteps: number;
  options: Parameters<typeof oneCycle>[1];
  learningRates: number[];
  beta1s: (number | null)[];
}
const runs = JSON.parse(readFileSync(new URL("../fixtures/train/one-cycle.json", import.meta.url), "utf8")) as Run[];

describe("oneCycle", () => {
  it.each(runs)("gives PyTorch's learning rate and beta1 at each of $totalSteps steps", (run) => {
    const { totalSteps, options, learningRates, beta1s } = run;
    for (let step = 0; step < totalSteps; step++) {
      const value = oneCycle(step, { ...options, totalSteps });
      const rate = learningRates[step] as number;
      within(
        "OneCycle: learning rate against PyTorch, relative",
        Math.abs(value.learningRate - rate) / rate,
        1e-6,
        `step ${step}`,
      );
      const beta1 = beta1s[step];
      if (beta1 === null || beta1 === undefined) expect(value.beta1).toBeNull();
      else within("OneCycle: beta1 against PyTorch", Math.abs((value.beta1 as number) - beta1), 1e-6, `step ${step}`);
    }
  });

  it("falls from 3e-4 to 3e-7 with the paper's defaults", () => {
    const rates = Array.from({ length: 1000 }, (_, step) => oneCycle(step, { totalSteps: 1000 }).learningRate);
    expect(Math.max(...rates)).toBeCloseTo(3e-4, 12);
    expect(rates.indexOf(Math.max(...rates))).toBe(99);
    expect(rates[999]).toBeCloseTo(3e-7, 12);
  });

  it("stands at the peak when the warm-up has one step, where PyTorch divides by zero", () => {
    expect(oneCycle(0, { totalSteps: 10 }).learningRate).toBe(3e-4);
  });

  it("refuses a step that is not a whole number, and an unknown option by its nearest name", () => {
    expect(() => oneCycle(0.5, { totalSteps: 10 })).toThrow(expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT" }));
    const misspelt = { totalSteps: 10, maxLearningrate: 1 } as never;
    expect(() => oneCycle(0, misspelt)).toThrow(/did you mean "maxLearningRate"/);
  });
});
