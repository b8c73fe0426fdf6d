import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { OptimizerTraceEntry, Precision } from "../../lib/addon/contract.js";
import { call } from "../../lib/addon/job.js";
import { native } from "../../lib/addon/load.js";
import { optimizerOptionsSchema, scheduleOptionsSchema } from "../../lib/config/train.js";
import { within } from "../within.js";

type Entry = Omit<OptimizerTraceEntry, "parameters"> & { parameters: number[] };
interface Run {
  options: {
    precision: Precision;
    accumulation: number;
    stepsPerEpoch: number;
    totalSteps: number;
    factor: number;
    frozenBatches: number;
  };
  initial: number[];
  gradients: (number | string)[][];
  trace: Entry[];
}
const runs = JSON.parse(readFileSync(new URL("../fixtures/train/optimizer.json", import.meta.url), "utf8")) as Run[];

const special: Record<string, number> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY };
const schedule = scheduleOptionsSchema.parse({ maxLearningRate: 1e-2 });

function trace({ initial, gradients, options }: Run, maxSkippedSteps = 20, reopen = false): OptimizerTraceEntry[] {
  const flat = Float32Array.from(gradients.flat(), (value) => (typeof value === "string" ? (special[value] as number) : value));
  const encoderLearningRateFactor = options.factor;
  const optimizer = optimizerOptionsSchema.parse({ weightDecay: 1e-2, maxSkippedSteps, encoderLearningRateFactor });
  return call(() =>
    native().functional.optimizerTrace(Float32Array.from(initial), flat, { ...options, optimizer, schedule, reopen }),
  );
}

describe("the optimizer step", () => {
  const names = [
    "50 clipped steps of two batches",
    "an epoch's last, incomplete accumulation",
    "losses and gradients that are not finite",
    "fp16 with a gradient that overflows its loss scale",
    "an encoder that is frozen first and then learns at a tenth of the rate",
  ];
  it.each(runs.map((run, i) => ({ run, name: names[i] })))("is PyTorch's AdamW with OneCycle through $name", ({ run }) => {
    const ours = trace(run);
    expect(ours).toHaveLength(run.trace.length);
    run.trace.forEach((expected, batch) => {
      const { parameters, gradientNorm, learningRate, skipped } = ours[batch] as OptimizerTraceEntry;
      expect(skipped, `batch ${batch}`).toBe(expected.skipped);
      expect(Math.abs(learningRate - expected.learningRate)).toBeLessThanOrEqual(1e-6 * expected.learningRate);
      if (expected.gradientNorm !== null) {
        expect(Math.abs((gradientNorm as number) / expected.gradientNorm - 1), `norm at batch ${batch}`).toBeLessThan(1e-6);
      }
      const difference = Math.max(...expected.parameters.map((value, i) => Math.abs(value - (parameters[i] as number))));
      // A few float32 roundings of values near 1.
      within(
        "AdamW with clipping, accumulation, skipped steps: parameters against PyTorch",
        difference,
        2e-6,
        `after batch ${batch}`,
      );
    });
  });

  it.each(runs.map((run, i) => ({ run, name: names[i] })))(
    "goes on exactly after a stop at any batch through $name",
    ({ run }) => {
      expect(trace(run, 20, true)).toEqual(trace(run));
    },
  );

  it("leaves a frozen encoder as it is, and then moves it", () => {
    const { trace: entries, initial, options } = runs[4] as Run;
    const encoder = (batch: number) => entries[batch]?.parameters.slice(0, 3);
    expect(encoder(options.frozenBatches - 1)).toEqual(initial.slice(0, 3));
    expect(encoder(options.frozenBatches + 1)).not.toEqual(initial.slice(0, 3));
  });

  it("skips in the fixtures what it should, so that the comparison above says something", () => {
    expect(runs[2]?.trace.flatMap(({ skipped }, batch) => (skipped ? [`${batch} ${skipped}`] : []))).toEqual([
      "5 loss",
      "13 gradient",
      "17 loss",
    ]);
    expect(runs[3]?.trace.filter(({ skipped }) => skipped)).toHaveLength(1);
  });

  it("ends the run after more skipped steps in a row than allowed, and counts only those in a row", () => {
    const run = runs[2] as Run;
    const bad = run.gradients.map((row, batch) => (batch < 6 ? ["nan", ...row.slice(1)] : row));
    expect(() => trace({ ...run, gradients: bad }, 2)).toThrow(expect.objectContaining({ code: "ACINUS_NOT_FINITE" }));
    expect(trace({ ...run, gradients: bad }, 3)).toHaveLength(24);
    expect(trace(run, 1)).toHaveLength(24);
  });
});
