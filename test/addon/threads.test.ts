import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { chooseThreads } from "../../lib/addon/threads.js";

describe("the number of threads", () => {
  it("is LibTorch's where nothing limits it, and the whole processors of a quota where one does", () => {
    expect(chooseThreads({}, 8, Infinity).count).toBeUndefined();
    expect(chooseThreads({}, 8, 8).count).toBeUndefined();
    expect(chooseThreads({}, 8, 2.5)).toEqual({ count: 2, because: "the control group's quota of 2.5 processors" });
    expect(chooseThreads({}, 8, 0.25).count).toBe(1);
  });

  it("is that of OMP_NUM_THREADS, with a word where a quota pays for fewer", () => {
    expect(chooseThreads({ OMP_NUM_THREADS: "4" }, 8, Infinity)).toEqual({ count: undefined, because: "OMP_NUM_THREADS=4" });
    expect(chooseThreads({ OMP_NUM_THREADS: "4" }, 8, 2).because).toBe(
      "OMP_NUM_THREADS=4, above the quota of 2 processors: it will be slow",
    );
  });
});

describe("threads that wait for each other", () => {
  /** What OpenMP says about itself when it is opened, and what child processes then inherit. */
  function opened(environment: Record<string, string>): { policy: string | undefined; inherited: string } {
    const { OMP_WAIT_POLICY: _policy, GOMP_SPINCOUNT: _spins, ...rest } = process.env;
    const script = `const { loadAddon } = await import(${JSON.stringify(new URL("../../dist/lib/addon/load.js", import.meta.url).href)});
      loadAddon();
      const { execFileSync } = await import("node:child_process");
      console.log("inherited:" + execFileSync("sh", ["-c", "echo $OMP_WAIT_POLICY"]).toString().trim() + ".");`;
    const output = execFileSync("sh", ["-c", 'exec "$0" --input-type=module -e "$1" 2>&1', process.execPath, script], {
      env: { ...rest, OMP_DISPLAY_ENV: "TRUE", ...environment },
      encoding: "utf8",
    });
    return {
      policy: /OMP_WAIT_POLICY = '(\w+)'/.exec(output)?.[1],
      inherited: /inherited:(.*)\./.exec(output)?.[1] ?? "nothing was said",
    };
  }

  it("sleep by default, and no child process inherits that", () => {
    expect(opened({})).toEqual({ policy: "PASSIVE", inherited: "" });
  });

  it("do what the environment says", () => {
    expect(opened({ OMP_WAIT_POLICY: "active" })).toEqual({ policy: "ACTIVE", inherited: "active" });
  });
});
