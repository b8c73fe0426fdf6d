import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Agreement } from "../../bench/agreement.js";
import { Contender } from "../../bench/contender.js";
import { Inputs } from "../../bench/inputs.js";
import { parseAnswer } from "../../bench/protocol.js";
import { race } from "../../bench/race.js";
import { rowText, tableText } from "../../bench/report.js";
import type { Conditions } from "../../bench/results.js";
import { allRows, type Row } from "../../bench/rows.js";
import { temporary } from "../temporary.js";

const fake = fileURLToPath(new URL("fake-side.mjs", import.meta.url));
const row: Row = { ...(allRows({ features: [] }).find(({ name }) => name === "step-b7") as Row), size: 32, runs: 2 };
const conditions: Conditions = { threads: 3, rounds: 3, seed: 1, against: "both" };

let folder: string;
let log: string;
beforeEach(() => {
  folder = temporary();
  log = join(folder, "log");
});

const side = (behaviour: object) => [process.execPath, fake, JSON.stringify({ log, ...behaviour })] as const;
const writeWeights = [process.execPath, "-e", "require('node:fs').writeFileSync(process.argv[3], '')"] as const;
const run = (acinus: object, python: object, some: Partial<Conditions> = {}, signal?: AbortSignal, of: Row = row) =>
  race(
    of,
    { ...conditions, ...some },
    {
      programs: { acinus: side(acinus), python: side(python), weights: writeWeights },
      inputs: new Inputs(folder, 1, { images: 10 }),
      signal,
    },
  );

describe("a row of the benchmark", () => {
  it("tries Python's candidates one after the other, then runs all sides in turn and changes who begins", async () => {
    const slow = { "contiguous/kept": 0.5, "channels-last/kept": 0.75 };
    // The first second of each is the warm-up's.
    const result = await run({ seconds: [100, 1, 1, 2, 2, 1, 1] }, { seconds: [50, 4, 4, 8, 8, 4, 4], slow });
    const best = "contiguous/kept";
    expect(readFileSync(log, "utf8").trim().split("\n")).toEqual([
      ...["channels-last/kept run 1", "channels-last/kept run 2"],
      ...["contiguous/kept run 1", "contiguous/kept run 2"],
      ...["acinus check", "contiguous/default check", `${best} check`],
      ...["acinus run 1", "contiguous/default run 1", `${best} run 1`],
      ...["acinus run 2", "contiguous/default run 2", `${best} run 2`],
      ...[`${best} run 2`, "contiguous/default run 2", "acinus run 2"],
      ...["acinus run 2", "contiguous/default run 2", `${best} run 2`],
      ...["acinus report", "contiguous/default report", `${best} report`],
    ]);
    expect(result.trials).toEqual([
      { settings: "heap kept, fused AdamW", seconds: 2 },
      { settings: "channels-last, heap kept, fused AdamW", seconds: 3 },
    ]);
    expect(result.acinus.seconds).toEqual({ median: 1, min: 1, max: 2, count: 6 });
    expect(result.python.defaults?.speedup).toEqual({ median: 4, min: 4, max: 4, count: 3 });
    expect(result.python.best?.speedup).toEqual({ median: 2, min: 2, max: 2, count: 3 });
    expect(result.python.best?.memory).toBe(0.25);
    expect([result.acinus.threads, result.python.best?.threads]).toEqual([3, 3]);
  });

  it("leaves out a candidate that fails and says why, and fails itself where all of them do", async () => {
    const result = await run({ seconds: [1] }, { seconds: [5], dies: "channels-last/kept" });
    expect(result.python.best?.settings).toBe("heap kept, fused AdamW");
    expect(result.trials).toEqual([
      { settings: "heap kept, fused AdamW", seconds: 5 },
      { settings: "channels-last, heap kept, fused AdamW", failure: expect.stringContaining("it ended with code 3") },
    ]);
    expect(rowText(result)).toContain(
      "tried: heap kept, fused AdamW 5.00 s; channels-last, heap kept, fused AdamW failed (RuntimeError: no memory left)",
    );
    await expect(run({ seconds: [1] }, { seconds: [1], dies: true })).rejects.toThrow("RuntimeError: no memory left");
  });

  it("says that the machine was too noisy where a round took twice as long as another", async () => {
    const result = await run({ seconds: [1, 1, 1, 2, 2, 1, 1] }, { seconds: [5, 5, 5, 5, 5, 5, 5] }, { against: "defaults" });
    expect(result.noisy).toBe(true);
    expect(rowText(result)).toContain("NOISY: rounds of one side differ 2.00-fold");
    expect(rowText(result)).toMatch(/against the defaults at least 4\.5 times as fast: too noisy to tell/);
  });

  it("fails, whatever the seconds, when the sides lose differently", async () => {
    const result = await run({ seconds: [1], loss: 0.502 }, { seconds: [5] }, { against: "defaults" });
    expect(result.agrees).toBe(false);
    expect(rowText(result)).toMatch(
      /losses \(defaults\): 0\.50200 0\.25000 \| 0\.50000 0\.25000: DISAGREES, 4\.0e-3 of 0\.001/,
    );
    expect(rowText(result)).toContain("FAILED");
    expect(tableText([result])).toContain("RESULTS DISAGREE");
    expect((await run({ seconds: [1], loss: 0.5002 }, { seconds: [5] }, { against: "defaults" })).agrees).toBe(true);
  });

  it("compares the gradient norm with an alike side alone: of the same precision and, in fp32, contiguous", async () => {
    const bf16 = allRows({ features: [] }).find(({ name }) => name === "step-b7-bf16") as Row;
    const best = "bf16, channels-last, heap kept, fused AdamW";
    // A depthwise kernel whose statistics were wrong gave 21.5 in place of 13.0.
    const wrong = 21.5 / 13;
    const result = await run({ seconds: [1], norm: wrong }, { seconds: [5] }, { best }, undefined, { ...bf16, size: 32 });
    const fp32 = await run({ seconds: [1], norm: 1.2 }, { seconds: [5] }, { best: "channels-last, heap kept, fused AdamW" });
    const verdicts = (side?: { agreements: readonly Agreement[] }) =>
      side?.agreements.map(({ name, agrees }) => [name, agrees]);
    expect(verdicts(result.python.defaults)).toEqual([["losses", true]]);
    expect(verdicts(fp32.python.best)).toEqual([["losses", true]]);
    expect(verdicts(fp32.python.defaults)).toEqual([
      ["losses", true],
      ["gradient norm", false],
    ]);
    expect(verdicts(result.python.best)).toEqual([
      ["losses", true],
      ["gradient norm", false],
    ]);
  });

  it("prints seconds, ratios with their spread, aims, memory and event-loop lag", async () => {
    const text = rowText(await run({ seconds: [0.25] }, { seconds: [1.25] }, { best: "heap kept, fused AdamW" }));
    expect(text).toContain("Training step, UNet++ on efficientnet-b7, 512×512, batch 1, fp32");
    expect(text).toMatch(/acinus +250 ms +250 ms – 250 ms +1\.00 GB/);
    expect(text).toMatch(/Python, defaults +1\.25 s +1\.25 s – 1\.25 s +5\.00 \(5\.00 – 5\.00\) +4\.00 GB/);
    expect(text).toContain("aim: against the defaults at least 4.5 times as fast: reached");
    expect(text).toContain("aim: peak memory at most 0.5 of the defaults', is 0.25: reached");
    expect(text).toContain("p50 1.00 ms, p99 4.00 ms, max 9.00 ms");
  });

  it("names the candidates when it is asked for another best", async () => {
    await expect(run({ seconds: [1] }, { seconds: [1] }, { best: "magic" })).rejects.toThrow(
      'no candidate "magic" for Python\'s best; it has "channels-last, heap kept, fused AdamW", "heap kept, fused AdamW".',
    );
    expect(existsSync(log)).toBe(false);
  });

  it("says what a side printed when it dies in the middle", async () => {
    await expect(run({ seconds: [1] }, { seconds: [1], dies: true }, { against: "defaults" })).rejects.toThrow(
      /Python \(defaults\) stopped answering: it ended with code 3\.\n(.*\n)*RuntimeError: no memory left/,
    );
  });

  it("ends both sides at once when it is aborted", async () => {
    const stop = new AbortController();
    const running = run({ seconds: [1] }, { seconds: [1], silent: true }, { against: "defaults" }, stop.signal);
    await vi.waitFor(() => expect(readFileSync(log, "utf8")).toContain("contiguous/default run"), { timeout: 20_000 });
    stop.abort();
    await expect(running).rejects.toThrow("Python (defaults) stopped answering");
  });
});

describe("a side's process", () => {
  it("is refused when it ran less often than asked for", async () => {
    const { contender } = await Contender.start("a side", process.execPath, [
      fake,
      ...side({ seconds: [1], short: true }).slice(2),
    ]);
    await using open = contender;
    await expect(open.run(3)).rejects.toThrow("a side ran 2 times instead of 3.");
  });

  it("is named when its program does not exist", async () => {
    await expect(Contender.start("a side", join(folder, "nothing"), [])).rejects.toThrow(/a side stopped answering: .*ENOENT/);
  });

  it("answers in lines of JSON, between which libraries may print", () => {
    expect(parseAnswer('{"type":"run","seconds":[0.5],"values":{"loss":[1,null]}}')).toEqual({
      type: "run",
      seconds: [0.5],
      values: { loss: [1, null] },
    });
    const others = [
      "hello",
      "{broken",
      '{"type":"run","seconds":["0.5"],"values":{}}',
      '{"type":"run","seconds":[1]}',
      '{"a":1}',
    ];
    for (const line of [...others, '{"type":"ready"}', '{"type":"check","values":{"losses":0}}']) {
      expect(parseAnswer(line)).toBeNull();
    }
  });
});
