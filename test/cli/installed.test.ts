/** The package as a user has it who has no compiler: packed, in an empty project, with nothing on the PATH but Node, and an empty home. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadAddon } from "../../lib/addon/load.js";
import { temporary } from "../temporary.js";
import { root } from "./run.js";

const home = temporary();
const project = join(home, "project");
const installed = join(project, "node_modules", "acinus");
const environment: Record<string, string> = {};

beforeAll(() => {
  const { libtorch, files } = loadAddon();
  // What npm packs, and the addon where prebuildify puts it.
  const packing = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ files: packed }] = JSON.parse(packing.stdout) as [{ files: { path: string }[] }];
  for (const { path } of packed) {
    if (path.startsWith("prebuilds/")) continue;
    mkdirSync(dirname(join(installed, path)), { recursive: true });
    cpSync(join(root, path), join(installed, path));
  }
  const prebuilds = join(installed, "prebuilds", `${process.platform}-${process.arch}`);
  mkdirSync(join(prebuilds, "loader"), { recursive: true });
  cpSync(files.addon, join(prebuilds, "acinus.glibc.node"));
  cpSync(files.addon.replace(/\.node$/, ".json"), join(prebuilds, "acinus.glibc.json"));
  cpSync(files.loader, join(prebuilds, "loader", "acinus_loader.glibc.node"));
  // npm puts the packages that it needs beside it: neither what compiles nor what draws charts. @types/node is the project's own.
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "mine", type: "module", private: true }));
  mkdirSync(join(home, "bin"));
  symlinkSync(process.execPath, join(home, "bin", "node"));
  // LibTorch is on the machine, so that nothing is downloaded.
  Object.assign(environment, { PATH: join(home, "bin"), HOME: home, LIBTORCH: libtorch.root });
});

function acinus(...args: string[]) {
  const cli = join(installed, "dist", "bin", "acinus.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: project,
    env: environment,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("an installed package with its prebuilt addon and without a compiler", () => {
  it("is set up at once, compiles nothing and says that it is well", () => {
    const { status, stdout, stderr } = acinus("setup", "--json");
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ compiled: false, fetched: false, addon: { origin: "prebuilt" } });
    const checked = acinus("doctor", "--self-test", "--json");
    expect(checked.status, checked.stderr).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, addon: { origin: "prebuilt" } });
    expect(existsSync(join(installed, "build"))).toBe(false);
  });

  it("trains and predicts from the command line", () => {
    expect(acinus("synth", "data", "--images", "12", "--size", "64", "--validation", "0.4").status).toBe(0);
    const small = ["--preset", "fast", "--encoder", "efficientnet-b0", "--weights", "random", "--epochs", "1", "--batch", "4"];
    const trained = acinus("train", "data/train", "--validation", "data/val", "-o", "run", ...small);
    expect(trained.status, trained.stderr).toBe(0);
    const predicted = acinus("predict", "run", "data/val/images", "-o", "out");
    expect(predicted.status, predicted.stderr).toBe(0);
    expect(readdirSync(join(project, "out")).filter((name) => name.endsWith(".png")).length).toBeGreaterThan(0);
  });

  it("gives a strict TypeScript project of ES modules its types, and a CommonJS one its code", () => {
    const script = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1];
    writeFileSync(join(project, "script.ts"), script ?? "no script in the README");
    const options = {
      strict: true,
      target: "es2022",
      module: "nodenext",
      lib: ["es2023", "esnext.disposable", "dom"],
      noEmit: true,
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, types: ["node"], skipLibCheck: false }, files: ["script.ts"] }),
    );
    const compiler = join(root, "node_modules", ".bin", "tsc");
    const { status, stdout } = spawnSync(compiler, ["-p", project], { cwd: project, encoding: "utf8" });
    expect(status, stdout).toBe(0);
    const imported = spawnSync(
      process.execPath,
      ["--input-type=commonjs", "-e", 'import("acinus").then(({ Model }) => console.log(typeof Model.create))'],
      { cwd: project, env: environment, encoding: "utf8" },
    );
    expect(imported.stdout.trim(), imported.stderr).toBe("function");
  });
});

describe("what is not installed with the package", () => {
  it("is named where it is wanted, with the command that installs it", () => {
    const { status, stderr } = acinus("setup", "--force");
    expect(status).toBe(1);
    expect(stderr).toContain("npm install cmake-js node-addon-api node-api-headers");
  });
});

describe("the addons", () => {
  it.runIf(process.platform === "linux" && process.arch === "x64" && spawnSync("objdump", ["--version"]).status === 0)(
    "load on glibc 2.28 and the libstdc++ of GCC 6, as LibTorch's wheels do",
    () => {
      const { files } = loadAddon();
      for (const file of [files.addon, files.loader]) {
        const symbols = spawnSync("objdump", ["-T", file], { encoding: "utf8", maxBuffer: 1e8 }).stdout;
        const newer = Array.from(symbols.matchAll(/\((GLIBC|GLIBCXX)_([\d.]+)\)\s+(\S+)/g)).filter(([, library, version]) => {
          const [major = 0, minor = 0, patch = 0] = (version as string).split(".").map(Number);
          return library === "GLIBC" ? major > 2 || minor > 28 : major > 3 || minor > 4 || patch > 22;
        });
        expect(newer.map(([, , version, name]) => `${name} ${version}`)).toEqual([]);
        expect(symbols).toContain("GLIBC_2.");
      }
    },
  );
});
