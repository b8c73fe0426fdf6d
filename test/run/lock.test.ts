import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { RunFolder } from "../../lib/run/run-folder.js";
import { RunLock, runLockName } from "../../lib/run/run-lock.js";
import { root } from "../cli/run.js"; // compiles dist/
import { written } from "../io/files.js";
import { temporary } from "../temporary.js";

const script = (folder: string) => `
  const { RunLock } = await import(${JSON.stringify(pathToFileURL(`${root}dist/lib/run/run-lock.js`).href)});
  await RunLock.take(${JSON.stringify(folder)});
  setInterval(() => {}, 1000);`;

/** Another process that holds the folder's lock. */
async function holder(folder: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", `${script(folder)} console.log("held");`]);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

const lockOf = (folder: string) => join(folder, runLockName);
const noted = (folder: string, change: object) => {
  const before = { pid: process.pid, host: hostname(), since: "then", boot: null, token: "another" };
  return written(lockOf(folder), `${JSON.stringify({ ...before, ...change })}\n`);
};
const boot = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

describe("one training at a time", () => {
  it("holds a run folder, in this process too, and says who does", async () => {
    const folder = join(temporary(), "run");
    const lock = await RunLock.take(folder);
    await expect(RunLock.take(`${folder}/../run/.`)).rejects.toMatchObject({
      code: "ACINUS_RUN_LOCKED",
      message: expect.stringContaining(`process ${process.pid} on ${hostname()} (this one), since 20`),
      value: { pid: process.pid, host: hostname() },
    });
    lock.release();
    (await RunLock.take(folder)).release();
  });

  it("is held by another process until that ends, by whatever it ends", async () => {
    const folder = join(temporary(), "run");
    const child = await holder(folder);
    await expect(RunLock.take(folder)).rejects.toMatchObject({ code: "ACINUS_RUN_LOCKED", value: { pid: child.pid } });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    (await RunLock.take(folder)).release();
    expect(existsSync(lockOf(folder))).toBe(false);
  });

  it("ends with the worker that held it", async () => {
    const folder = join(temporary(), "run");
    const worker = new Worker(
      `import("node:worker_threads").then(async ({ parentPort }) => { ${script(folder)} parentPort.postMessage("held"); });`,
      {
        eval: true,
      },
    );
    await new Promise((resolve) => worker.once("message", resolve));
    await expect(RunLock.take(folder)).rejects.toMatchObject({ code: "ACINUS_RUN_LOCKED" });
    await worker.terminate();
    (await RunLock.take(folder)).release();
  });

  it.skipIf(!existsSync("/proc/sys/kernel/random/boot_id"))(
    "is not held by what a killed process left, though its number is ours now",
    async () => {
      const folder = temporary();
      noted(folder, { boot: boot() });
      (await RunLock.take(folder)).release();
      written(lockOf(folder), ""); // killed before it had written itself down
      (await RunLock.take(folder)).release();
    },
  );

  it("is held by another machine as long as that gives a sign of life", async () => {
    const folder = temporary();
    const file = noted(folder, { host: "elsewhere", pid: 7, boot: "another boot" });
    const beat = setInterval(() => utimesSync(file, new Date(), new Date()), 20);
    await expect(RunLock.take(folder, 2_000)).rejects.toMatchObject({
      code: "ACINUS_RUN_LOCKED",
      message: expect.stringContaining("process 7 on elsewhere, since then"),
    });
    clearInterval(beat);
    (await RunLock.take(folder, 200)).release();
  });

  it("leaves no folder behind that it made for nothing", async () => {
    const parent = temporary();
    (await RunLock.take(join(parent, "a/b/run"))).release();
    expect(readdirSync(parent)).toEqual([]);
    mkdirSync(join(parent, "there"));
    (await RunLock.take(join(parent, "there"))).release();
    expect(readdirSync(parent)).toEqual(["there"]);
  });

  it("says so where a folder cannot be made or written to", async () => {
    const file = written(join(temporary(), "file"), "");
    for (const folder of [file, join(file, "run")]) {
      await expect(RunLock.take(folder)).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED" });
    }
  });
});

it("several holds of one run folder are one, and end with the last", async () => {
  const folder = new RunFolder(join(temporary(), "run"));
  const [first, second] = await Promise.all([folder.hold(), folder.hold()]);
  first();
  first();
  await expect(RunLock.take(folder.path)).rejects.toMatchObject({ code: "ACINUS_RUN_LOCKED" });
  second();
  (await RunLock.take(folder.path)).release();
});
