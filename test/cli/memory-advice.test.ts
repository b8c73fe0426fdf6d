import { describe, expect, it } from "vitest";
import { evaluateCommand } from "../../bin/commands/evaluate.js";
import { predictCommand } from "../../bin/commands/predict.js";
import { trainCommand } from "../../bin/commands/train.js";
import { settle } from "../../lib/addon/job.js";
import { memoryAdvice } from "../../lib/config/memory-advice.js";

const commands = { train: trainCommand, predict: predictCommand, evaluate: evaluateCommand };

describe("where memory runs out", () => {
  it.each(Object.entries(memoryAdvice))("%s is told of its own options alone", (name, advice) => {
    const known = commands[name as keyof typeof commands]().options.map(({ long }) => long);
    const named = advice.match(/--[a-z-]+/g) ?? [];
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((option) => !known.includes(option))).toEqual([]);
  });

  it("the error of native work carries what its caller says", async () => {
    const failed = Object.assign(new Error("memory is exhausted."), { code: "ACINUS_OUT_OF_MEMORY" });
    const work = () => ({ done: Promise.reject(failed), stop: () => undefined });
    await expect(settle(work, undefined, memoryAdvice.predict)).rejects.toMatchObject({
      message: `memory is exhausted. ${memoryAdvice.predict}`,
      fix: memoryAdvice.predict,
    });
  });
});
