import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { synthesize } from "../../lib/synth/synthesize.js";
import { temporary } from "../temporary.js";
import { acinus, start } from "./run.js";

const data = temporary();
const output = join(temporary(), "comparison");
beforeAll(async () => {
  await synthesize(data, { images: 12, size: 64, seed: 4, validation: 0.4, emptyShare: 0.3 });
});
const small = [
  "--encoder",
  "efficientnet-b0",
  "--weights",
  "random",
  "--seeds",
  "1",
  "--threads",
  "1",
  "--set",
  "batch=2",
  "--set",
  "model.width=4",
];
const args = (epochs: number) => {
  const sets = ["compare", join(data, "train"), "--test", join(data, "val"), "-o", output, "--systems", "unet,enhanced"];
  return [...sets, "--budget", `epochs=${epochs}`, ...small];
};

it("stops at the end of a step and says how to go on; the same command then does the rest", async () => {
  const stopped = start(args(30));
  await stopped.said(/2 trainings, 0 of them finished before/);
  stopped.child.kill("SIGINT");
  const { code, stderr } = await stopped.outcome;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/Stopped\. Continue with:\n.*compare .*--budget epochs=30/)]);
  expect(existsSync(join(output, "comparison.json"))).toBe(false);
  const done = await acinus([...args(1), "--json"]);
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).toMatch(/^ {2}unet, seed 0: \d+ s$/m);
  const document = JSON.parse(done.stdout) as object;
  expect(document).toEqual(JSON.parse(readFileSync(join(output, "comparison.json"), "utf8")));
  const again = await acinus(args(1));
  expect(again.stderr).toMatch(/2 trainings, 2 of them finished before/);
  expect(again.stdout).toMatch(/^Enhanced +95\.5 +\d\.\d{3} /m);
});

it("ends with code 1 where a row fails, and names it", async () => {
  const failed = await acinus([...args(1), "--predictions", `other=${temporary()}`]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/other, seed 0 failed: .*holds no prediction/);
  expect(failed.stdout).toMatch(/^other, seed 0 failed: /m);
});
