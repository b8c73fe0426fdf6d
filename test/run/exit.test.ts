import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { synthesize } from "../../lib/synth/synthesize.js";
import { cli, root } from "../cli/run.js"; // compiles dist/
import { temporary } from "../temporary.js";

const data = join(temporary(), "data");
beforeAll(async () => {
  await synthesize(data, { images: 9, size: 64, seed: 4, validation: 1 / 3, emptyShare: 0 });
});

/** A process that trains 3 epochs of 3 steps into the folder, and does `at` after the fifth step. Resumes what is there. */
function training(folder: string, at: string): Promise<unknown> {
  const script = `
    const { Dataset, Model, Trainer } = await import(${JSON.stringify(pathToFileURL(`${root}dist/lib/index.js`).href)});
    const train = await Dataset.open(${JSON.stringify(join(data, "train"))});
    const validation = await Dataset.open(${JSON.stringify(join(data, "val"))});
    const model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
    const trainer = new Trainer(model, {
      train, validation, epochs: 3, batch: 2, accumulation: 1, seed: 1, device: "cpu", memoryCheck: false,
      runFolder: ${JSON.stringify(folder)}, resume: "auto",
    });
    await trainer.fit({ onEvent: (event) => { if (event.type === "step" && event.step === 4) { ${at} } } });`;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--input-type=module", "-e", script], (error) =>
      resolve(error ? (error.signal ?? error.code) : 0),
    );
  });
}

const steps = (folder: string) =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; step: number })
    .flatMap(({ type, step }) => (type === "step" ? [step] : []));

describe("a training that ends with its process", () => {
  it.each([
    ["by process.exit", "process.exit(3);", 3],
    ["by an error that nobody catches", 'queueMicrotask(() => { throw new Error("nobody catches this"); });', 1],
  ])("%s has a log without holes when it went on", async (_, at, code) => {
    const folder = join(temporary(), "run");
    expect(await training(folder, at)).toBe(code);
    expect(await training(folder, "")).toBe(0);
    expect(steps(folder)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

it("a training goes on when nobody reads what it prints", async () => {
  const folder = join(temporary(), "run");
  const args = ["train", join(data, "train"), "--validation", join(data, "val"), "-o", folder, "--preset", "fast"];
  const child = spawn(process.execPath, [cli, ...args, "--epochs", "2", "--batch", "2", "--threads", "1"], { cwd: root });
  child.stdout.destroy();
  child.stderr.once("data", () => child.stderr.destroy());
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(0);
  expect(steps(folder).length).toBe(6);
});
