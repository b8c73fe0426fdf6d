/**
 * Compiles the core's own tests (native/test) in the addon's build folder, as far as something changed.
 *
 *   node tools/native-test.mjs       after npm run setup
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { withLock } from "../lib/system/lock.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const BYTES_PER_COMPILER = 1.6e9;

/**
 * @returns {Promise<string>} path of the program
 * @throws Error with what the compiler said
 */
export async function compileNativeTests() {
  const build = process.env.ACINUS_BUILD || join(root, "build");
  if (!existsSync(join(build, "CMakeCache.txt"))) throw new Error(`${build} is no build folder yet. Run: npm run build`);
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / BYTES_PER_COMPILER)));
  const args = ["--build", build, "--config", "Release", "--target", "acinus_test", "--parallel", String(jobs)];
  const { status, stdout, stderr, error } = await withLock(join(root, ".acinus", "build.lock"), () =>
    spawnSync("cmake", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }),
  );
  if (error) throw error;
  if (status !== 0) {
    const lines = `${stdout}${stderr}`.split("\n");
    const first = Math.max(
      0,
      lines.findIndex((line) => /error:|undefined reference|CMake Error/.test(line)),
    );
    throw new Error(`The core's tests do not compile:\n${lines.slice(first, first + 20).join("\n")}`);
  }
  return join(build, "test", "acinus_test");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await compileNativeTests();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
