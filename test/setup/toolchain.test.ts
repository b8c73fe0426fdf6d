import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { doctor } from "../../lib/doctor/doctor.js";
import { jobs, requireToolchain } from "../../lib/setup/build-addon.js";
import { setup } from "../../lib/setup/setup.js";
import { checkToolchain } from "../../lib/setup/toolchain.js";
import { installCommand } from "../../lib/system/install-command.js";
import { temporary } from "../temporary.js";
import { emptyMachine, fakePython, write } from "./fakes.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A PATH that holds nothing but the scripts given. */
function onlyTools(scripts: Record<string, string>): void {
  const folder = write(
    temporary(),
    Object.fromEntries(Object.entries(scripts).map(([name, text]) => [name, `#!/bin/sh\n${text}\n`])),
  );
  for (const name of Object.keys(scripts)) chmodSync(join(folder, name), 0o755);
  vi.stubEnv("PATH", folder);
  vi.stubEnv("CXX", "");
}

describe.skipIf(process.platform === "win32")("a machine without tools", () => {
  it("is told all that is missing at once, each with the command that installs it", () => {
    emptyMachine();
    onlyTools({ "apt-get": "" });
    expect(requireToolchain).toThrow(
      /CMake is not installed\. Install it with: .*apt-get install -y cmake\n.*no C\+\+ compiler is installed .*apt-get install -y g\+\+\n.*neither Ninja nor Make is installed\. .*ninja-build/s,
    );
  });

  it("is told before anything is downloaded", async () => {
    emptyMachine();
    const wheels = temporary();
    fakePython(temporary(), { wheels, log: join(wheels, "log"), failure: "pip was called" });
    vi.stubEnv("ACINUS_BUILD", temporary());
    onlyTools({});
    await expect(setup()).rejects.toThrow(/cannot be compiled on this machine:\n {2}CMake is not installed/);
  });

  it("is told about versions that are too old", () => {
    onlyTools({
      cmake: "echo cmake version 3.16.3",
      "c++": 'case "$*" in --version) echo "c++ (GCC) 9.4.0 Free Software Foundation";; *) echo 9.4.0;; esac',
      ninja: "",
    });
    expect(checkToolchain().map(({ problem }) => problem)).toEqual([
      "CMake 3.16.3 is too old, 3.21 is needed",
      "c++ 9.4.0 is too old, GCC 11 is needed",
      null,
    ]);
  });

  it("gets the command of its own package manager", () => {
    onlyTools({ dnf: "" });
    expect(installCommand("compiler")).toMatch(/dnf install -y gcc-c\+\+$/);
    onlyTools({ pacman: "" });
    expect(installCommand("make")).toMatch(/pacman -S --noconfirm ninja$/);
  });
});

describe("compilers at once", () => {
  it("are as many as memory allows, and at least one", () => {
    vi.stubEnv("ACINUS_BUILD_JOBS", "");
    const memory = vi.spyOn(process, "availableMemory").mockReturnValue(1e9);
    expect(jobs()).toBe(1);
    memory.mockReturnValue(1e12);
    expect(jobs()).toBeGreaterThanOrEqual(1);
    vi.stubEnv("ACINUS_BUILD_JOBS", "3");
    expect(jobs()).toBe(3);
  });
});

describe("doctor", () => {
  it("reports what is missing and the command that mends it, without throwing", async () => {
    const cache = emptyMachine();
    const report = await doctor();
    expect(report.ok).toBe(false);
    expect(report.libtorch).toBeNull();
    const libtorch = report.checks.find(({ name }) => name === "LibTorch");
    expect(libtorch).toMatchObject({ status: "error", fix: "Fetch it once with: npm run setup" });
    expect(libtorch?.detail).toContain(`${cache}: holds no LibTorch`);
    expect(report.checks.find(({ name }) => name === "Python")).toMatchObject({ status: "error" });
    expect(report.checks.find(({ name }) => name === "Node")).toMatchObject({ status: "ok" });
  });

  it("calls a CUDA device that is asked for and absent an error", async () => {
    emptyMachine();
    const report = await doctor({ device: "cuda" });
    expect(report.checks.find(({ name }) => name === "CUDA")?.status).toBe("error");
  });
});
