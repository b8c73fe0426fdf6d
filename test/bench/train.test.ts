import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conditions } from "../../bench/cases.js";
import { Contender } from "../../bench/contender.js";
import { parseAnswer } from "../../bench/protocol.js";
import { comparisonText } from "../../bench/report.js";
import { compareTraining } from "../../bench/train.js";

const fake = fileURLToPath(new URL("fake-step.mjs", import.meta.url));
const measured = { name: "tiny", encoder: "efficientnet-b0", size: 32, batch: 2 };
const conditions: Conditions = {
  threads: 2,
  precision: "fp32",
  part: "full",
  baselineLayout: "contiguous",
  warmUp: 1,
  rounds: 3,
  steps: 2,
  seed: 1,
};

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "acinus-test-"));
  log = join(folder, "log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const side = (name: string, ...seconds: number[]) => [process.execPath, fake, name, log, ...seconds.map(String)] as const;

describe("the training benchmark", () => {
  it("runs the two sides in turn, changes who begins, and leaves the warm-up out", async () => {
    // Each side's first second is the warm-up's.
    const sides = { acinus: side("acinus", 100, 1, 1, 2, 2, 1, 1), baseline: side("baseline", 50, 3, 3, 4, 4, 1, 1) };
    const result = await compareTraining(measured, conditions, sides);
    expect(readFileSync(log, "utf8").trim().split("\n")).toEqual([
      "acinus 1",
      "baseline 1",
      "acinus 2",
      "baseline 2",
      "baseline 2",
      "acinus 2",
      "acinus 2",
      "baseline 2",
    ]);
    expect(result.acinus.seconds).toEqual({ median: 1, min: 1, max: 2, count: 6 });
    expect(result.baseline.seconds).toEqual({ median: 3, min: 1, max: 4, count: 6 });
    expect(result.speedup).toEqual({ median: 2, min: 1, max: 3, count: 3 });
    expect(result.acinus.eventLoopLag?.p99).toBe(0.004);
  });

  it("prints seconds, ratio with its spread, memory and event-loop lag", async () => {
    const sides = { acinus: side("acinus", 0.25), baseline: side("baseline", 0.5) };
    const text = comparisonText(await compareTraining(measured, conditions, sides));
    expect(text).toContain("tiny: efficientnet-b0, 32×32, batch 2, fp32, 2 threads");
    expect(text).toMatch(/acinus +0\.250 +\(0\.250 – 0\.250\) +1\.00 GB/);
    expect(text).toContain("Python takes 2.00 times as long (2.00 – 2.00 over the rounds)");
    expect(text).toContain("p50 1.0 ms, p99 4.0 ms, max 9.0 ms");
  });

  it("says what a side printed when it dies in the middle", async () => {
    const sides = { acinus: side("acinus", 1), baseline: side("dying", 1) };
    await expect(compareTraining(measured, conditions, sides)).rejects.toThrow(
      /Python baseline stopped answering: it ended with code 3\.\n(.*\n)*RuntimeError: no memory left/,
    );
  });

  it("refuses an answer with fewer steps than asked for", async () => {
    const { contender } = await Contender.start("a side", process.execPath, [fake, "short", log, "1", "--data"]);
    using open = contender;
    await expect(open.steps(3)).rejects.toThrow("a side ran 2 steps instead of 3.");
  });

  it("says so when a side's program does not exist", async () => {
    await expect(Contender.start("a side", join(folder, "nothing"), [])).rejects.toThrow(/a side stopped answering: .*ENOENT/);
  });
});

describe("the benchmark's protocol", () => {
  it("takes answers and passes over what libraries print", () => {
    expect(parseAnswer('{"type":"steps","seconds":[0.5],"losses":[1]}')).toEqual({
      type: "steps",
      seconds: [0.5],
      losses: [1],
    });
    for (const line of [
      "hello",
      "{broken",
      '{"type":"steps","seconds":["0.5"],"losses":[]}',
      '{"type":"ready"}',
      '{"level":"info"}',
    ]) {
      expect(parseAnswer(line)).toBeNull();
    }
  });
});
