/** Compiles the addon with cmake-js, only when something changed. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import {
  type AddonFiles,
  type AddonRecord,
  built,
  findPackage,
  packageFolder,
  recordPath,
  searchAddon,
  sourceFingerprint,
} from "../addon/addon-files.js";
import type { LibTorch } from "../addon/libtorch.js";
import { InstallationError } from "../errors.js";
import { run } from "../pip/run.js";
import { requireSpace } from "../system/disk.js";
import { installCommand } from "../system/install-command.js";
import { withLock } from "../system/lock.mjs";
import { buildFolder, packageRoot } from "../system/paths.js";
import { checkToolchain } from "./toolchain.js";
import type { SetupProgress } from "./types.js";

/** What a build folder takes: 0.65 GB of precompiled header and the objects. */
const BUILD_BYTES = 1.2e9;
/** One compiler on a file that includes torch's headers. */
const BYTES_PER_COMPILER = 1.6e9;

/**
 * The addon for this LibTorch: a fitting prebuilt one, or one compiled from the sources as they are.
 * @throws InstallationError with the compiler's first errors and the log's path.
 */
export async function ensureAddon(
  libtorch: LibTorch,
  force = false,
  onProgress: (progress: SetupProgress) => void = () => {},
): Promise<{ files: AddonFiles; compiled: boolean }> {
  const fit = force ? null : searchAddon(libtorch.version, true).found;
  if (fit) return { files: fit, compiled: false };
  requireToolchain();
  await requireSpace(packageRoot(), BUILD_BYTES, "compiling the addon");
  const lock = join(packageRoot(), ".acinus", "build.lock");
  return await withLock(
    lock,
    async () => {
      // The process that held the lock before may have done it.
      const done = force ? null : searchAddon(libtorch.version, true).found;
      if (done) return { files: done, compiled: false };
      return { files: await compile(libtorch, onProgress), compiled: true };
    },
    (owner) => onProgress({ stage: "wait", message: `waiting for ${owner}, which compiles the addon` }),
  );
}

/** @throws InstallationError that names every missing tool, with the command that installs each. */
export function requireToolchain(): void {
  const problems = checkToolchain().flatMap(({ tool, problem }) =>
    problem === null ? [] : [`  ${problem}. Install it with: ${installCommand(tool)}`],
  );
  const packages = ["cmake-js", "node-addon-api", "node-api-headers"];
  if (packages.some((name) => findPackage(name) === null)) {
    problems.push(
      `  the npm packages that compile addons are not installed. Install them with: npm install ${packages.join(" ")}`,
    );
  }
  if (problems.length === 0) return;
  throw new InstallationError("ACINUS_SETUP", `The native addon cannot be compiled on this machine:\n${problems.join("\n")}`);
}

async function compile(libtorch: LibTorch, onProgress: (progress: SetupProgress) => void): Promise<AddonFiles> {
  const root = packageRoot();
  const folder = buildFolder();
  const files = built();
  const sources = sourceFingerprint();
  if (sources === null) {
    throw new InstallationError("ACINUS_NO_ADDON", `${root} holds neither a fitting prebuilt addon nor its sources.`, {
      fix: "Install acinus again: npm install acinus",
    });
  }
  mkdirSync(folder, { recursive: true });
  rmSync(recordPath(files), { force: true });
  const log = join(folder, "build.log");
  writeFileSync(log, "");
  const steps = progressOf(onProgress);
  const cmakeJs = join(packageFolder("cmake-js"), "bin", "cmake-js");
  const cmake = (...args: string[]) =>
    run(process.execPath, [cmakeJs, ...args, "--out", folder, "--log-level", "error"], {
      cwd: root,
      log,
      onLine: steps,
      environment: { ...process.env, LC_ALL: "C", CMAKE_COLOR_DIAGNOSTICS: "OFF" },
    });
  onProgress({ stage: "compile", message: "configuring" });
  // `configure` and `build`, not `compile`: on an error, `compile` starts again from clean, which hides the error and doubles the time.
  const addonApi = packageFolder("node-addon-api");
  const configured = await cmake("configure", `--CDACINUS_LIBTORCH=${libtorch.root}`, `--CDACINUS_NODE_ADDON_API=${addonApi}`);
  if (configured.status !== 0) throw failure(configured.lines, log);
  const compiled = await cmake("build", "--parallel", String(jobs()));
  if (compiled.status !== 0 || !existsSync(files.addon)) throw failure(compiled.lines, log);
  writeRecord(files, { libtorch: libtorch.version, sources });
  return files;
}

/** As many compilers as there are processors and memory for; `ACINUS_BUILD_JOBS` overrules. */
export function jobs(): number {
  const chosen = Number(process.env.ACINUS_BUILD_JOBS);
  if (chosen >= 1) return Math.floor(chosen);
  return Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / BYTES_PER_COMPILER)));
}

/** Reads Ninja's `[12/60] Building CXX object …/x.cpp.o` and Make's `[ 20%] Building …`. */
function progressOf(onProgress: (progress: SetupProgress) => void): (line: string) => void {
  let start = 0;
  return (line) => {
    const step = /^\[\s*(\d+)(?:\/(\d+)|%)\]\s+(.*)/.exec(line);
    if (!step) return;
    start ||= Date.now();
    const done = Number(step[1]);
    const total = Number(step[2] ?? 100);
    const eta = done > 3 ? ((Date.now() - start) / 1000 / done) * (total - done) : undefined;
    onProgress({ stage: "compile", message: shortened(step[3] ?? ""), done, total, eta });
  };
}

function shortened(step: string): string {
  return step
    .replace(/^(Building \w+ object) .*?(native\/.*?|cmake_pch\S*?)(\.o|\.obj|\.gch)?$/, "$2")
    .replace(/^Linking CXX (\S+ \S+) /, "linking $1 ");
}

function failure(all: readonly string[], log: string): InstallationError {
  const killed = all.some((line) =>
    /Killed|Subprocess killed|cc1plus.*(out of memory|terminated)|virtual memory exhausted/.test(line),
  );
  // CMake and cmake-js only repeat that the compiler failed.
  const lines = all.filter((line) => !/^CMake Error: Generator|^ERROR OMG|^ninja: build stopped/.test(line));
  const first = lines.findIndex((line) => /(error:|Error\b.*:$|CMake Error|undefined reference|fatal error)/.test(line));
  const shown = (first >= 0 ? lines.slice(first, first + 8) : lines.slice(-8)).map((line) => `  ${line}`).join("\n");
  return new InstallationError("ACINUS_SETUP", `The native addon did not compile:\n${shown}\nThe whole log is in ${log}.`, {
    file: log,
    fix: killed ? "The compiler ran out of memory; try one at a time: ACINUS_BUILD_JOBS=1" : undefined,
  });
}

function writeRecord(files: AddonFiles, record: AddonRecord): void {
  mkdirSync(dirname(files.addon), { recursive: true });
  const path = recordPath(files);
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${path}.new`, path);
}
