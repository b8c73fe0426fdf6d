import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeSettings } from "../../bench/job.js";
import { describeMachine } from "../../bench/machine.js";
import type { RowResult, SideResult } from "../../bench/results.js";
import { allRows, chosen } from "../../bench/rows.js";
import { keep } from "../../bench/store.js";
import { temporary } from "../temporary.js";

const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);
const rows = allRows({ features: ["avx512f", "amx_bf16"] });

describe("the rows of the benchmark", () => {
  it("are chosen by name, by the beginning of names, or all", () => {
    expect(names(chosen(rows, []))).toEqual(names(rows));
    expect(names(chosen(rows, ["step-b0"]))).toEqual(["step-b0"]);
    expect(names(chosen(rows, ["step"]))).toEqual(["step-b7", "step-b7-bf16", "step-b0", "step-b0-bf16"]);
    expect(names(chosen(rows, ["step-b0-bf16", "edges"]))).toEqual(["step-b0-bf16", "edges"]);
    expect(names(chosen(rows, ["predict"]))).toHaveLength(4);
    expect(chosen(rows, ["st"])).toEqual([]);
  });

  it("aim higher where the processor has matrix units", () => {
    const aims = (features: string[]) => allRows({ features }).find(({ name }) => name === "step-b7-bf16")?.aims;
    expect(aims(["amx_bf16"])).toMatchObject({ defaults: 5, best: 3 });
    expect(aims(["avx512f"])).toMatchObject({ defaults: 4.5, best: 1.6 });
  });

  it("give Python every lever, bf16 only where acinus has it too", () => {
    const candidates = (name: string) => rows.find((row) => row.name === name)?.candidates.map(describeSettings) ?? [];
    expect(candidates("step-b7")).toEqual(["channels-last, heap kept, fused AdamW", "heap kept, fused AdamW"]);
    expect(candidates("step-b7-bf16")).toContain("bf16, channels-last, heap kept, fused AdamW");
    expect(candidates("step-b7-bf16")).toHaveLength(4);
    expect(candidates("predict-b7")).toEqual(expect.arrayContaining(["onnxruntime", "heap kept, torch.compile"]));
    expect(candidates("epoch")).toContain("channels-last, heap kept, fused AdamW, 2 workers");
  });

  it("take another encoder, size, batch and precision for steps and predictions", () => {
    const other = allRows({ features: [] }, { encoder: "efficientnet-b3", size: 256, batch: 2, precision: "bf16" });
    expect(other.find(({ name }) => name === "step-b0")).toMatchObject({
      title: "Training step, UNet++ on efficientnet-b3, 256×256, batch 2, bf16",
      size: 256,
      job: { encoder: "efficientnet-b3", batch: 2, precision: "bf16" },
    });
    expect(other.find(({ name }) => name === "edges")).toMatchObject({ size: 512 });
  });
});

describe("kept results", () => {
  const side = (seconds: number): SideResult => ({
    seconds: { median: seconds, min: seconds * 0.9, max: seconds * 1.1, count: 3 },
    ...{ spread: 1, peakMemory: 1e9, eventLoopLag: null, versions: {}, parameters: 1, threads: 2 },
  });
  const result = (size: number, batch: number): RowResult => ({
    ...{ name: `scaling-${size}x${batch}`, title: `step ${size}×${batch}`, size, batch, precision: "fp32" },
    conditions: { threads: 2, rounds: 3, seed: 1, against: "both" },
    acinus: side(size * batch * 1e-3),
    python: {
      defaults: { ...side(size * batch * 3e-3), settings: "defaults", speedup: side(3).seconds, memory: 0.5, agreements: [] },
    },
    ...{ trials: [], aims: {}, noisy: false, agrees: true },
  });

  it("of several runs are one table, and one chart of how time grows", async () => {
    const folder = join(temporary(), "results");
    const machine = describeMachine();
    for (const [size, batch] of [
      [128, 1],
      [256, 1],
      [256, 4],
    ] as const) {
      await keep(folder, machine, result(size, batch));
    }
    const table = readFileSync(join(folder, "table.md"), "utf8");
    expect(table).toContain(machine.cpu);
    expect(table).toContain("| step 256×4 | 1.02 s | 3.07 s | 3.00× (2.70 – 3.30) |");
    const chart = readFileSync(join(folder, "scaling.svg"), "utf8");
    for (const text of ["<svg", "acinus", "Python, defaults", "side of the image, px", "images in a batch"]) {
      expect(chart).toContain(text);
    }
  });
});
