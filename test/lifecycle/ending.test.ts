import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { synthesize } from "../../lib/synth/synthesize.js";
import "../cli/run.js"; // compiles dist/, which the subject imports
import { temporary } from "../temporary.js";

const data = join(temporary(), "data");
const subject = fileURLToPath(new URL("subject.mjs", import.meta.url));

beforeAll(async () => {
  await synthesize(data, { images: 8, size: 96, seed: 4, validation: 0.5, emptyShare: 0.5 });
});

/** Exit code, or the signal that killed the process, and what it wrote. */
function run(work: string, ending: string): Promise<{ end: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [subject, work, ending, join(data, "train")], (error, stdout, stderr) => {
      resolve({ end: error ? (error.signal ?? error.code) : 0, stdout, stderr });
    });
  });
}

it.each(["train", "evaluate", "predict", "build", "silent loss", "endless loss"])(
  "worker.terminate in the middle of %s ends the worker alone, time and again",
  async (work) => {
    const { end, stdout, stderr } = await run(work, "terminate");
    expect([end, stdout, stderr]).toEqual([0, "terminated 1\n".repeat(3), ""]);
  },
);

it.each(["train", "train", "evaluate", "build", "silent loss"])(
  "process.exit in the middle of %s ends the process with its code",
  async (work) => {
    expect((await run(work, "exit")).end).toBe(3);
  },
);

describe("in the middle of training", () => {
  it("an error that nobody catches ends the process with code 1 and its stack", async () => {
    const { end, stderr } = await run("train", "throw");
    expect(end).toBe(1);
    expect(stderr).toMatch(/Error: nobody catches this\n +at /);
  });

  it("a rejection that nobody handles does too", async () => {
    const { end, stderr } = await run("train", "reject");
    expect(end).toBe(1);
    expect(stderr).toContain("Error: nobody handles this");
  });

  it("process.exit in a worker ends the worker alone", async () => {
    const { end, stdout, stderr } = await run("train", "exit in worker");
    expect([end, stdout, stderr]).toEqual([0, "worker exited 3\n", ""]);
  });

  it("process.exit ends a worker at work as well", async () => {
    expect((await run("train", "exit beside worker")).end).toBe(3);
  });

  it("the end of the script waits for the work and needs nothing closed", async () => {
    const { end, stdout, stderr } = await run("train", "natural");
    expect([end, stdout, stderr]).toEqual([0, "done\n", ""]);
  });

  it("an exit listener can start no more work", async () => {
    const { end, stdout } = await run("train", "work at exit");
    expect([end, stdout]).toEqual([3, "ACINUS_ABORTED\n"]);
  });
});
