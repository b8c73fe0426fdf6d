import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firstStay, type QualityRun, qualityTable, raceToQuality, runsIn } from "../../bench/quality.js";
import { temporary } from "../temporary.js";

const run = (...dice: number[]): QualityRun => ({
  ...{ side: "a", seed: 1, about: "x" },
  epochs: dice.map((score, i) => ({
    epoch: i + 1,
    minutes: 2 * (i + 1),
    dicePerImage: score,
    diceWithCells: score,
    diceMicro: score,
  })),
});

it("a level counts from the epoch after which it is never left again", () => {
  expect(firstStay(run(0.9, 0.5, 0.86, 0.85), 0.85)?.epoch).toBe(3);
  expect(firstStay(run(0.86), 0.85)?.epoch).toBe(1);
  expect(firstStay(run(0.9, 0.84), 0.85)).toBeUndefined();
  expect(firstStay(run(Number.NaN, 0.9), 0.85)?.epoch).toBe(2);
});

it("the table has means and ranges over the seeds, and in how many a level was reached", () => {
  const rows = qualityTable([run(0.8, 0.86, 0.9), { ...run(0.8, 0.8, 0.88), seed: 2 }]).split("\n");
  expect(rows[0]).toContain("| min to 0.85 | epochs to 0.85 | min to 0.90 |");
  expect(rows[2]).toMatch(
    /^\| a \| 2 \| 5\.0 \(4\.0 – 6\.0\) \| 2\.5 \(2\.0 – 3\.0\) \| 6\.0 \(1 of 2\) \| 3\.0 \(1 of 2\) \| 0\.890/,
  );
});

/** A side that says its epochs, and notes that it ran. */
const side = (name: string, log: string, code = 0) => ({
  name,
  command: (seed: number) => {
    const line = JSON.stringify({ epoch: 1, dicePerImage: 0.7, diceWithCells: 0.75 + seed / 8, diceMicro: 0.9 });
    const script = `require("node:fs").appendFileSync(${JSON.stringify(log)}, "${name} ${seed}\\n"); console.log("hello"); console.log('${line}'); process.exit(${code})`;
    return [process.execPath, "-e", script];
  },
});

it("trains the sides in turn, keeps each training as a line, and repeats none", async () => {
  const folder = temporary();
  const [log, file] = [join(folder, "log"), join(folder, "quality.jsonl")];
  const options = { sides: [side("a", log), side("b", log)], about: "x", threads: 1, file };
  const runs = await raceToQuality({ ...options, seeds: [1, 2] });
  expect(readFileSync(log, "utf8")).toBe("a 1\nb 1\nb 2\na 2\n");
  expect(runs.map(({ side, seed, epochs }) => [side, seed, epochs[0]?.diceWithCells])).toContainEqual(["b", 2, 1]);
  appendFileSync(file, '{"side": "a", "se'); // as a kill leaves it
  expect(runsIn(file)).toEqual(runs);
  expect(await raceToQuality({ ...options, seeds: [1, 2, 3] })).toHaveLength(6);
  expect(runsIn(file)).toHaveLength(6);
  expect(readFileSync(log, "utf8")).toBe("a 1\nb 1\nb 2\na 2\na 3\nb 3\n");
  expect(await raceToQuality({ ...options, seeds: [1], about: "other data" })).toHaveLength(2);
});

it("a side that fails is named with what it said, and no training of it is kept", async () => {
  const folder = temporary();
  const file = join(folder, "quality.jsonl");
  const sides = [side("broken", join(folder, "log"), 3)];
  await expect(raceToQuality({ sides, seeds: [1], about: "x", threads: 1, file })).rejects.toThrow(
    /broken with seed 1 .* code 3/,
  );
  expect(runsIn(file)).toEqual([]);
});
