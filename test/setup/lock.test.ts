import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { withLock } from "../../lib/system/lock.mjs";
import { temporary } from "../temporary.js";
import { root, write } from "./fakes.js";

const lockModule = pathToFileURL(join(root, "lib", "system", "lock.mjs")).href;

/** A process that takes the lock, prints "held", and keeps it until it is killed. */
async function holder(lock: string) {
  const script = `import { withLock } from ${JSON.stringify(lockModule)};
await withLock(${JSON.stringify(lock)}, () => new Promise(() => { console.log("held"); setInterval(() => {}, 1000); }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

it("lets one in at a time, in one process and between several", async () => {
  const folder = temporary();
  const lock = join(folder, "lock");
  const log = join(folder, "log");
  const script = `import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { withLock } from ${JSON.stringify(lockModule)};
for (let i = 0; i < 3; i++) await withLock(${JSON.stringify(lock)}, async () => {
  appendFileSync(${JSON.stringify(log)}, "in ");
  await pause(5);
  appendFileSync(${JSON.stringify(log)}, "out\\n");
});`;
  const children = [1, 2, 3].map(() => spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" }));
  const codes = await Promise.all(children.map((child) => new Promise((resolve) => child.once("exit", resolve))));
  expect(codes).toEqual([0, 0, 0]);
  expect(readFileSync(log, "utf8")).toBe("in out\n".repeat(9));
});

it("tells once whom it waits for, and gets in when that process is killed", async () => {
  const lock = join(temporary(), "lock");
  const child = await holder(lock);
  const waits: string[] = [];
  const entered = withLock(
    lock,
    () => "entered",
    (owner) => {
      waits.push(owner);
      child.kill("SIGKILL");
    },
  );
  expect(await entered).toBe("entered");
  expect(waits).toEqual([`process ${child.pid}`]);
  expect(existsSync(lock)).toBe(false);
});

it("gives the lock back when the work throws", async () => {
  const lock = join(temporary(), "lock");
  await expect(
    withLock(lock, () => {
      throw new Error("broken");
    }),
  ).rejects.toThrow("broken");
  expect(await withLock(lock, () => 1)).toBe(1);
});

it("does not take over the lock of a living process, nor of another machine that still beats", async () => {
  for (const owner of [
    { pid: process.ppid, host: hostname() },
    { pid: 1, host: "elsewhere" },
  ]) {
    const lock = join(temporary(), "lock");
    mkdirSync(lock);
    write(lock, { "owner.json": JSON.stringify(owner) });
    let waiting = true;
    const turn = new Promise<void>((resolve) => {
      void withLock(
        lock,
        () => (waiting = false),
        () => setTimeout(resolve, 500),
      );
    });
    await turn;
    expect(waiting).toBe(true);
    // Long silence of the other machine: it is gone.
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(join(lock, "owner.json"), past, past);
    await expect.poll(() => waiting, { timeout: 5_000 }).toBe(false);
  }
});
