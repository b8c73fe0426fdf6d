/** What npm installs: the package's files, and what works with these alone. */
import { spawnSync } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporary } from "../temporary.js";
import { root } from "./run.js";

function packed(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"];
  const { stdout, stderr, status } = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return (JSON.parse(stdout) as { files: { path: string }[] }[]).flatMap(({ files }) => files.map(({ path }) => path));
}

describe("the installed package", () => {
  const files = packed();

  it("holds the program, its types, and what compiling the addon needs", () => {
    const needed = ["dist/bin/acinus.js", "dist/lib/index.js", "dist/lib/index.d.ts", "dist/lib/functional/index.js"];
    needed.push("CMakeLists.txt", "native/binding/addon.cpp", "lib/setup/unpack.py", "README.md", "LICENSE", "package.json");
    expect(needed.filter((path) => !files.includes(path))).toEqual([]);
  });

  it("holds no benchmark, no demo and no tests", () => {
    expect(files.filter((path) => /(^|\/)(bench|test|tools)\/|dist\/bin\/demo|\.map$/.test(path))).toEqual([]);
  });

  it("says in one sentence that the benchmark needs a clone", () => {
    const folder = temporary();
    for (const path of files.filter((file) => /^(dist|package\.json)/.test(file))) cpSync(join(root, path), join(folder, path));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, "dist/bin/acinus.js"), "bench", "--list"], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr.trim()).toMatch(
      /^InstallationError \[ACINUS_SETUP\] .* is not part of the installed package\. Run it in a clone/,
    );
  });
});
