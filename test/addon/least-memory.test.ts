import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { checkLeastMemory } from "../../lib/addon/least-memory.js";

const none = { address: Infinity, data: Infinity };

describe("too little memory for LibTorch", () => {
  it("is refused by the name of the limit, with what lifts it", () => {
    expect(() => checkLeastMemory(none, Infinity)).not.toThrow();
    expect(() => checkLeastMemory({ ...none, address: 1e9 }, Infinity)).toThrow(
      "may take 1.0 GB more of address space (ulimit -v), and LibTorch with a small network needs 1.3 GB. Lift it with: ulimit -v unlimited",
    );
    expect(() => checkLeastMemory({ ...none, data: 2e8 }, Infinity)).toThrow("0.20 GB more of data (ulimit -d)");
    expect(() => checkLeastMemory(none, 1e8)).toThrow("0.10 GB more of memory (its control group)");
  });

  it.runIf(process.platform === "linux").each(["-v 1700000", "-d 300000"])(
    "is refused under ulimit %s, before anything aborts",
    (limit) => {
      const load = `const { loadAddon } = await import(${JSON.stringify(new URL("../../dist/lib/addon/load.js", import.meta.url).href)});
      try { loadAddon(); } catch (error) { console.log(error.code); }`;
      const { stdout, status } = spawnSync(
        "sh",
        ["-c", `ulimit ${limit} && exec "$0" --input-type=module -e "$1"`, process.execPath, load],
        { encoding: "utf8" },
      );
      expect([stdout.trim(), status]).toEqual(["ACINUS_NOT_ENOUGH_MEMORY", 0]);
    },
  );
});
