import { readFileSync, symlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EventLog } from "../../lib/run/event-log.js";
import { written } from "../io/files.js";
import { temporary } from "../temporary.js";

const numbers = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { n: number }).n);

/** The next appends write a part and fail, as on a full disk. */
async function failing(times: number): Promise<void> {
  const handle = await open(join(temporary(), "any"), "w");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const spy = vi.spyOn(prototype, "appendFile");
  for (let time = 0; time < times; time++) {
    spy.mockImplementationOnce(async function (this: FileHandle, data) {
      await this.write((data as Buffer).subarray(0, 5));
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    });
  }
}
afterEach(() => vi.restoreAllMocks());

describe("the log of a run", () => {
  it("has no hole after a write that failed once", async () => {
    const path = join(temporary(), "metrics.jsonl");
    const log = await EventLog.open(path);
    log.append({ n: 0 });
    await log.flush();
    await failing(1);
    for (let n = 1; n < 5; n++) log.append({ n });
    await log.flush();
    log.append({ n: 5 });
    await log.close();
    expect(numbers(path)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("says so as long as lines cannot be written, and keeps them", async () => {
    const path = join(temporary(), "metrics.jsonl");
    const log = await EventLog.open(path);
    await failing(2);
    log.append({ n: 0 });
    await expect(log.flush()).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file: path });
    log.append({ n: 1 });
    await log.flush();
    await log.close();
    expect(numbers(path)).toEqual([0, 1]);
  });

  it("is not written through a link", async () => {
    const folder = temporary();
    const diary = written(join(folder, "diary"), "dear diary\n");
    symlinkSync(diary, join(folder, "metrics.jsonl"));
    await expect(EventLog.open(join(folder, "metrics.jsonl"))).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED" });
    expect(readFileSync(diary, "utf8")).toBe("dear diary\n");
  });
});
