/**
 * Runs clang-format on all C++ sources; arguments are passed on. The pinned version comes from the pip client (its wheel carries the binary),
 * once, into .acinus/, because versions differ in what they call well formatted.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "18.1.8";
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, ".acinus", `clang-format-${VERSION}`);

if (!existsSync(folder)) install();
const sources = readdirSync(join(root, "native"), { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(cpp|h|cu|cuh)$/.test(path) && !/(^|[\\/])catch2[\\/]/.test(path)) // Catch2 stays as it was released
  .map((path) => join(root, "native", path));
process.exitCode = spawnSync(executable(), [...process.argv.slice(2), ...sources], { stdio: "inherit" }).status ?? 1;

function install() {
  const python = process.env.ACINUS_PYTHON ?? (process.platform === "win32" ? "python" : "python3");
  const partial = `${folder}.partial-${process.pid}`;
  const args = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--target",
    partial,
    `clang-format==${VERSION}`,
  ];
  const { status, error } = spawnSync(python, args, { stdio: "inherit" });
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    process.stderr.write(
      `clang-format ${VERSION} could not be installed with: ${python} ${args.join(" ")}${error ? ` (${error.message})` : ""}\n`,
    );
    process.exit(1);
  }
  if (existsSync(folder)) rmSync(partial, { recursive: true, force: true });
  else renameSync(partial, folder);
}

function executable() {
  const name = process.platform === "win32" ? "clang-format.exe" : "clang-format";
  return join(folder, "clang_format", "data", "bin", name);
}
