import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { temporary } from "../temporary.js";
import { root, write } from "./fakes.js";

/** A clone with nothing in it but the bootstrap, and an npm that installs empty packages. */
function clone(npm: { hang?: boolean; failure?: string } = {}) {
  const folder = temporary();
  for (const file of ["bin/bootstrap.mjs", "lib/system/lock.mjs", "lib/system/fingerprint.mjs"]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
  write(folder, {
    "package.json": JSON.stringify({ type: "module" }),
    "package-lock.json": JSON.stringify({ packages: { "": {}, "node_modules/left": { version: "1.0.0" } } }),
  });
  const log = join(folder, "npm.log");
  const fakeNpm = (behaviour: { hang?: boolean; failure?: string }) =>
    write(folder, {
      "npm.cjs": `const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
appendFileSync(${JSON.stringify(log)}, process.argv[2] + "\\n");
if (${JSON.stringify(behaviour.failure ?? "")}) { console.error(${JSON.stringify(behaviour.failure ?? "")}); process.exit(1); }
mkdirSync("node_modules/left", { recursive: true });
if (${behaviour.hang ?? false}) { appendFileSync(${JSON.stringify(log)}, "half\\n"); setInterval(() => {}, 1000); }
else {
  const { "": _, ...packages } = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
  for (const path in packages) { mkdirSync(path, { recursive: true }); writeFileSync(path + "/package.json", "{}"); }
  writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));
}
`,
    });
  fakeNpm(npm);
  const options = { cwd: folder, env: { ...process.env, npm_execpath: join(folder, "npm.cjs") }, encoding: "utf8" } as const;
  return {
    folder,
    fakeNpm,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    run: (...args: string[]) => spawnSync(process.execPath, ["bin/bootstrap.mjs", ...args], options),
    start: (...args: string[]) =>
      spawn(process.execPath, ["bin/bootstrap.mjs", ...args], { ...options, stdio: "pipe", detached: true }),
  };
}

it("installs the packages once, and again when package-lock.json changes", () => {
  const { folder, run, calls } = clone();
  expect(run("packages").status).toBe(0);
  expect(run("packages").status).toBe(0);
  expect(calls()).toEqual(["ci"]);
  write(folder, { "package-lock.json": JSON.stringify({ packages: { "": {}, "node_modules/right": { version: "1.0.0" } } }) });
  expect(run("packages").status).toBe(0);
  expect(calls()).toEqual(["ci", "ci"]);
});

it("takes packages that somebody installed by hand, where npm finished them", () => {
  const { folder, run, calls } = clone();
  write(folder, {
    "node_modules/left/package.json": "{}",
    "node_modules/.package-lock.json": JSON.stringify({ packages: { "node_modules/left": { version: "1.0.0" } } }),
  });
  expect(run("packages").status).toBe(0);
  expect(calls()).toEqual([]);
});

it("installs again when a package is gone from node_modules", () => {
  const { folder, run, calls } = clone();
  run("packages");
  rmSync(join(folder, "node_modules/left"), { recursive: true });
  expect(run("packages").status).toBe(0);
  expect(run("packages").status).toBe(0);
  expect(calls()).toEqual(["ci", "ci"]);
});

it("never takes an interrupted npm for a whole one", async () => {
  const { run, start, calls, fakeNpm } = clone({ hang: true });
  const first = start("packages");
  await expect.poll(calls, { timeout: 20_000 }).toContain("half");
  const ended = new Promise((resolve) => first.once("close", resolve));
  process.kill(-(first.pid ?? 0), "SIGKILL");
  await ended;
  fakeNpm({});
  expect(run("packages").status).toBe(0);
  expect(calls()).toEqual(["ci", "half", "ci"]);
});

it("installs once when two start at once", async () => {
  const { start, calls } = clone();
  const codes = [start("packages"), start("packages")].map((child) => new Promise((resolve) => child.once("close", resolve)));
  expect(await Promise.all(codes)).toEqual([0, 0]);
  expect(calls()).toEqual(["ci"]);
});

it("says in words that there is no network, and that the disk is full", () => {
  const offline = clone({ failure: "npm error code ENOTFOUND\nnpm error network request failed" }).run("packages");
  expect([offline.status, offline.stderr]).toEqual([
    1,
    expect.stringContaining("No network: npm could not download the packages. Connect and run"),
  ]);
  const full = clone({ failure: "npm error code ENOSPC" }).run("packages");
  expect(full.stderr).toContain("The disk is full");
});

it("leaves at once on Ctrl-C while it prepares, with 130 and without a lock", async () => {
  const { folder, start, calls } = clone({ hang: true });
  const child = start("packages");
  await expect.poll(calls, { timeout: 20_000 }).toContain("half");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(existsSync(join(folder, ".acinus", "bootstrap.lock"))).toBe(false);
});

it("names the works it knows when asked for another", () => {
  const { status, stderr } = clone().run("dmeo");
  expect(status).toBe(2);
  expect(stderr).toMatch(/usage: .*demo.*test/);
});

it("closes npm test with one plain line of counts, failures and files that do not load included", () => {
  const folder = temporary();
  const file = join(folder, "sample.test.ts");
  writeFileSync(
    file,
    `import { expect, it } from "vitest";\nit("a", () => {});\nit("b", () => expect(1).toBe(2));\nit.skip("c", () => {});\n`,
  );
  writeFileSync(join(folder, "broken.test.ts"), `import "./not-there.js";\n`);
  const config = join(folder, "vitest.config.mjs");
  writeFileSync(config, `export default { root: ${JSON.stringify(folder)}, test: { include: ["*.test.ts"] } };\n`);
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "bin", "bootstrap.mjs"), "test-only", "--config", config],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  expect(status).toBe(1);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 passed, 2 failed, 1 skipped");
});
