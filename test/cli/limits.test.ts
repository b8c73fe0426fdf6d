import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ignoresHangUp } from "../../bin/cli/nohup.js";
import { timeLimit, timeSpan } from "../../bin/cli/time-limit.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { temporary } from "../temporary.js";
import { cli, start } from "./run.js";

describe("a limit of time", () => {
  it("is written as people and batch systems write it", () => {
    const spans = ["3h50m", "90m", "45s", "1d2h", "1.5h", "03:50:00", "2-00:00:01"].map(timeSpan);
    expect(spans).toEqual([13800, 5400, 45, 93600, 5400, 13800, 172801]);
    for (const wrong of ["", "0s", "90", "h", "3:50", "ten minutes", "-5m", "5m3h"]) {
      expect(() => timeSpan(wrong), wrong).toThrow("such as 3h50m");
    }
  });

  it("is that of the option, or two minutes before the batch system's, whichever comes first", () => {
    const now = 1_800_000_000_000;
    const slurm = { SLURM_JOB_END_TIME: String(now / 1000 + 3600) };
    expect(timeLimit(undefined, {}, now)).toBeUndefined();
    expect(timeLimit(5400, {}, now)).toEqual({ seconds: 5400, by: "--stop-after 1:30:00" });
    expect(timeLimit(undefined, slurm, now)).toEqual({ seconds: 3480, by: "the end of the Slurm job" });
    expect(timeLimit(5400, slurm, now)?.seconds).toBe(3480);
    expect(timeLimit(60, slurm, now)?.seconds).toBe(60);
  });

  it("ends a training as Ctrl-C does", async () => {
    const { run, args } = await training("1000");
    const { code, stderr } = await start([...args, "--stop-after", "8s"]).outcome;
    expect(stderr).toContain("Finishing this step (--stop-after 8 s).");
    expect(code).toBe(130);
    if (existsSync(join(run, "checkpoint-last.safetensors"))) expect(stderr).toMatch(/Continue with:\n.*--resume$/m);
  });
});

describe("SIGHUP", () => {
  it.runIf(spawnSync("nohup", ["true"]).status === 0)("does not stop a training that nohup started", async () => {
    const { args } = await training("2");
    // The shell notes the program that it starts in `_`, and nohup puts acinus in its own place.
    const script = [
      'nohup "$0" "$@" > out.txt 2> err.txt & job=$!',
      'until grep -q "epoch 1/2" err.txt; do kill -0 $job || { cat err.txt >&2; exit 9; }; sleep 0.1; done',
      "kill -HUP $job; wait $job",
    ];
    const under = spawnSync("bash", ["-c", script.join("\n"), process.execPath, cli, ...args], {
      cwd: temporary(),
      encoding: "utf8",
    });
    expect(under.status, under.stderr).toBe(0);
  });

  it("is told from one that stops by what nohup leaves behind", () => {
    const traces = (flags: string, target: string) => {
      const folder = temporary();
      mkdirSync(join(folder, "fdinfo"));
      mkdirSync(join(folder, "fd"));
      writeFileSync(join(folder, "fdinfo", "0"), `pos:\t0\nflags:\t${flags}\nmnt_id:\t15\n`);
      symlinkSync(target, join(folder, "fd", "0"));
      return folder;
    };
    expect(ignoresHangUp({ _: "/usr/bin/nohup" })).toBe(true);
    expect(ignoresHangUp({}, traces("0100001", "/dev/null"))).toBe(true);
    expect(ignoresHangUp({ _: "/usr/bin/npx" }, traces("0100000", "/dev/null"))).toBe(false);
    expect(ignoresHangUp({}, traces("0100001", "/dev/pts/0"))).toBe(false);
    expect(ignoresHangUp({}, temporary())).toBe(false);
  });
});

/** Arguments of a small training. */
async function training(epochs: string) {
  const [data, run] = [join(temporary(), "data"), join(temporary(), "run")];
  await synthesize(data, { images: 12, size: 64, seed: 4, validation: 0.4, emptyShare: 0.5 });
  const sets = [join(data, "train"), "--validation", join(data, "val")];
  const small = ["--preset", "fast", "--encoder", "efficientnet-b0", "--batch", "4", "--threads", "1", "--epochs", epochs];
  return { run, args: ["train", ...sets, "-o", run, ...small] };
}
