import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { searchLibTorch } from "../../lib/addon/libtorch.js";
import { temporary } from "../temporary.js";
import { emptyMachine, fakePython, fakeWheels, root } from "./fakes.js";

// The subprocesses run what the package ships.
beforeAll(() => {
  const compiled = spawnSync(process.execPath, [join(root, "bin", "bootstrap.mjs"), "compile"], { encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(compiled.stderr);
});

function machine(hang: boolean) {
  const cache = emptyMachine();
  const wheels = join(temporary(), "wheels");
  const pinned = fakeWheels(wheels);
  const log = join(wheels, "log");
  const python = (options: { hang: boolean }) => fakePython(temporary(), { wheels, log, ...options });
  python({ hang });
  const lib = (...path: string[]) => JSON.stringify(pathToFileURL(join(root, "dist", "lib", ...path)).href);
  const script = `import { fetchLibTorch } from ${lib("setup", "fetch.js")};
import { searchLibTorch } from ${lib("addon", "libtorch.js")};
const pinned = ${JSON.stringify(pinned)};
const found = await fetchLibTorch({ device: "cpu", pinned, current: () => searchLibTorch().found, onProgress: () => {} });
console.log(found.root);`;
  const start = () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    return {
      child,
      ended: new Promise<[number | null, string]>((resolve) => child.once("close", (code) => resolve([code, output.trim()]))),
    };
  };
  return { cache, log, python, start };
}

it("fetches once when two set-ups start at once, and both end with it", async () => {
  const { cache, log, start } = machine(false);
  const results = await Promise.all([start().ended, start().ended]);
  const torch = join(cache, "libtorch-2.13.0-cpu", "torch");
  expect(results).toEqual([
    [0, torch],
    [0, torch],
  ]);
  expect(readFileSync(log, "utf8").match(/^start torch/gm)).toHaveLength(1);
});

it.each(["SIGTERM", "SIGKILL"] as const)(
  "leaves nothing that is taken for whole after %s in mid-download, and the next set-up succeeds",
  async (signal) => {
    const { cache, log, python, start } = machine(true);
    const first = start();
    await expect.poll(() => existsSync(log) && readFileSync(log, "utf8").includes("half"), { timeout: 60_000 }).toBe(true);
    process.kill(-(first.child.pid ?? 0), signal);
    await first.ended;
    expect(searchLibTorch().found).toBeNull();
    python({ hang: false });
    const [code, torch] = await start().ended;
    expect([code, torch]).toEqual([0, join(cache, "libtorch-2.13.0-cpu", "torch")]);
    expect(readdirSync(cache).filter((name) => name.startsWith("partial-"))).toEqual([]);
  },
);
