/**
 * Every npm script of a clone starts here. It gets what is missing (npm packages, compiled TypeScript, LibTorch, the addon) and then does the
 * work. It is plain JavaScript without dependencies, because it runs before there are any. If nothing is missing, it takes a moment.
 *
 *   node bin/bootstrap.mjs WORK [ARGUMENTS…]
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fingerprint } from "../lib/system/fingerprint.mjs";
import { withLock } from "../lib/system/lock.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const node = process.execPath;
const acinus = join(root, "dist", "bin", "acinus.js");

/**
 * For each work: how far set-up has to go, and the work itself. Work that only reads sources needs no addon.
 * @type {Record<string, { needs: "packages" | "lib" | "addon", run: (args: string[]) => Promise<number> }>}
 */
const works = {
  setup: { needs: "lib", run: (args) => command(node, [acinus, "setup", ...args]) },
  packages: { needs: "packages", run: async () => 0 },
  compile: { needs: "lib", run: async () => 0 },
  build: { needs: "addon", run: compileNativeTests },
  demo: { needs: "addon", run: (args) => command(node, [join(root, "dist", "bin", "demo.js"), ...args]) },
  acinus: { needs: "addon", run: (args) => command(node, [acinus, ...args]) },
  test: { needs: "addon", run: test },
  // For tests that need no addon.
  "test-only": { needs: "packages", run: test },
  bench: { needs: "addon", run: (args) => command(node, [acinus, "bench", ...args]) },
  prebuildify: { needs: "lib", run: (args) => command(node, [join(root, "tools", "prebuild.mjs"), ...args]) },
  format: { needs: "packages", run: () => inTurn([biome("check", "--write"), clangFormat("-i")]) },
  lint: { needs: "packages", run: () => inTurn([biome("lint")]) },
  typecheck: { needs: "packages", run: () => inTurn([types()]) },
  check: { needs: "packages", run: () => inTurn([biome("ci"), clangFormat("--dry-run", "--Werror"), types()]) },
};

process.exitCode = await main(process.argv[2] ?? "", process.argv.slice(3));

/**
 * @param {string} name
 * @param {string[]} args
 */
async function main(name, args) {
  const work = works[name];
  if (!work) return fail(`usage: node bin/bootstrap.mjs ${Object.keys(works).join("|")} [ARGUMENTS…]`, 2);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 17)) {
    return fail(
      `acinus needs Node 20.17 or newer, and this is Node ${process.versions.node}. Install a newer one, for example: nvm install 22`,
    );
  }
  // Until the work starts nothing is worth finishing: an interrupt leaves at once, and exit handlers give the locks back.
  const leave = () => process.exit(130);
  process.on("SIGINT", leave).on("SIGTERM", leave);
  try {
    await prepare(work.needs);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  process.off("SIGINT", leave).off("SIGTERM", leave);
  return await work.run(args);
}

/** @param {"packages" | "lib" | "addon"} needs */
async function prepare(needs) {
  const ready = () => packagesAreWhole() && (needs === "packages" || libIsCurrent());
  if (!ready()) {
    const lock = join(root, ".acinus", "bootstrap.lock");
    await withLock(
      lock,
      async () => {
        if (!packagesAreWhole()) await installPackages();
        if (needs !== "packages" && !libIsCurrent()) await compileLib();
      },
      (owner) => say(`Waiting for ${owner}, which sets up this folder`),
    );
  }
  if (needs !== "addon") return;
  const { progressLine, setup } = await import(pathToFileURL(join(root, "dist", "lib", "setup", "index.js")).href);
  const { listen, finish } = progressLine(process.stderr);
  try {
    await setup({ onProgress: listen });
  } finally {
    finish();
  }
}

// npm packages: whole when each that npm lists as installed is there, and the stamp, written after npm succeeded, names this
// package-lock.json and this platform.

function packagesStamp() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform}-${process.arch}`;
}

function packagesAreWhole() {
  const folder = join(root, "node_modules");
  // A linked node_modules belongs to another folder, and is not ours to empty.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  // npm writes this list when all of it is installed.
  const installed = lockedPackages(join(folder, ".package-lock.json"));
  if (!installed || !Object.keys(installed).every((path) => existsSync(join(root, path, "package.json")))) return false;
  const stamp = join(folder, ".acinus-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === packagesStamp()) return true;
  // After somebody's own `npm ci` or `npm install` there is no stamp yet.
  const wanted = lockedPackages(join(root, "package-lock.json")) ?? {};
  const whole = Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || (path in installed ? installed[path]?.version === version : optional),
  );
  if (whole) writeFileSync(stamp, packagesStamp());
  return whole;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

async function installPackages() {
  say("Installing npm packages");
  rmSync(join(root, "node_modules", ".acinus-stamp"), { force: true });
  // Few and short retries: without a network npm would otherwise be silent for more than a minute.
  const retries = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"];
  const args = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund", ...retries];
  const npm = process.env.npm_execpath;
  const direct = npm?.endsWith(".js") || npm?.endsWith(".cjs");
  const { status, output } = direct
    ? await capture(node, [npm ?? "", ...args])
    : await capture("npm", args, process.platform === "win32");
  if (status === 0) {
    writeFileSync(join(root, "node_modules", ".acinus-stamp"), packagesStamp());
    return;
  }
  const problem = output.trim().split("\n").slice(-12).join("\n");
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    throw new Error(`No network: npm could not download the packages. Connect and run the same command again.\n${problem}`);
  }
  if (/ENOSPC/.test(output))
    throw new Error(`The disk is full; npm could not install the packages. Free about 1 GB.\n${problem}`);
  throw new Error(`npm could not install the packages. Try it by hand: npm ci\n${problem}`);
}

// The compiled TypeScript: current when its stamp names the sources as they are.

function libStamp() {
  // Of bench/ only the sources: Python leaves its own files in bench/baseline.
  const bench = existsSync(join(root, "bench")) ? readdirSync(join(root, "bench")).filter((name) => name.endsWith(".ts")) : [];
  const sources = ["lib", "bin", "bench/acinus", ...bench.map((name) => `bench/${name}`)];
  return fingerprint(root, [...sources, "tsconfig.json", "node_modules/typescript/package.json"]);
}

function libIsCurrent() {
  const stamp = join(root, "dist", ".stamp");
  return existsSync(stamp) && readFileSync(stamp, "utf8") === libStamp();
}

/** Compiles into a folder beside dist/ and then renames it: no file of a removed source stays, and no process sees half of it. */
async function compileLib() {
  say("Compiling TypeScript");
  const stamp = libStamp();
  const fresh = join(root, ".acinus", "dist");
  rmSync(fresh, { recursive: true, force: true });
  const { status, output } = await capture(node, [tsc(), "--outDir", fresh]);
  if (status !== 0) throw new Error(`The TypeScript sources do not compile:\n${output}`);
  writeFileSync(join(fresh, ".stamp"), stamp);
  const old = join(root, ".acinus", "dist-old");
  rmSync(old, { recursive: true, force: true });
  if (existsSync(join(root, "dist"))) renameSync(join(root, "dist"), old);
  renameSync(fresh, join(root, "dist"));
  rmSync(old, { recursive: true, force: true });
}

function tsc() {
  return join(root, "node_modules", "typescript", "bin", "tsc");
}

// The works.

/** Where it fails, the tests of test/native say why. */
async function compileNativeTests() {
  return await command(node, [join(root, "tools", "native-test.mjs")]);
}

/**
 * Runs vitest and closes with one plain line that programs read: `N passed, N failed, N skipped`.
 * @param {string[]} args
 */
async function test(args) {
  const report = join(root, ".acinus", `test-${process.pid}.json`);
  mkdirSync(dirname(report), { recursive: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const status = await command(node, [vitest, "run", ...reporters, ...args]);
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  if (existsSync(report)) {
    const { numPassedTests, numPendingTests, numTodoTests, numFailedTests, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    // A file that does not even load has no tests that could fail.
    const broken = testResults.filter(
      /** @param {{ status: string, assertionResults: { status: string }[] }} file */
      ({ status, assertionResults }) => status === "failed" && assertionResults.every((result) => result.status !== "failed"),
    ).length;
    passed = numPassedTests;
    skipped = numPendingTests + numTodoTests;
    failed = numFailedTests + broken;
    rmSync(report);
  }
  // vitest also fails for an error outside of every test.
  if (status !== 0) failed = Math.max(1, failed);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return status;
}

/** @param {...string} args */
function biome(...args) {
  return { program: node, args: [join(root, "node_modules", "@biomejs", "biome", "bin", "biome"), ...args] };
}

function types() {
  return { program: node, args: [tsc(), "--noEmit", "-p", "tsconfig.check.json"] };
}

/** @param {...string} args */
function clangFormat(...args) {
  return { program: node, args: [join(root, "tools", "clang-format.mjs"), ...args] };
}

/**
 * Runs all, so that one look shows every problem; the exit code is the first that is not 0.
 * @param {{ program: string, args: string[] }[]} commands
 */
async function inTurn(commands) {
  let first = 0;
  for (const { program, args } of commands) first ||= await command(program, args);
  return first;
}

// Processes.

/**
 * Runs in the foreground. Ctrl-C on a terminal reaches the whole group, so that the work ends in its own way and this waits for it.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function command(program, args) {
  const child = spawn(program, args, { stdio: "inherit", cwd: root });
  const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  const interrupt = () => process.stdin.isTTY || child.kill("SIGINT");
  process.on("SIGINT", interrupt);
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"])) process.on(signal, forward);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(fail(`${program} could not be started: ${error.message}`)));
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {boolean} [shell]
 * @returns {Promise<{ status: number, output: string }>}
 */
function capture(program, args, shell = false) {
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], shell });
  const end = () => {
    // On Windows a kill ends the shell alone.
    if (process.platform === "win32") spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"]);
    else child.kill();
  };
  process.on("exit", end);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve) => {
    const settle = (/** @type {number} */ status) => {
      process.off("exit", end);
      resolve({ status, output });
    };
    child.once("error", (error) => {
      output += error.message;
      settle(-1);
    });
    child.once("close", (code) => settle(code ?? -1));
  });
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * @param {string} message
 * @param {number} [status]
 */
function fail(message, status = 1) {
  say(message);
  return status;
}
