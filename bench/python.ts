/** The baseline's Python: heavy, so it is installed only when a benchmark asks, and into a folder of its own. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InstallationError } from "../lib/errors.js";
import { requirePip } from "../lib/pip/require-pip.js";
import { run } from "../lib/pip/run.js";
import { withLock } from "../lib/system/lock.mjs";
import { cacheFolder, packageRoot } from "../lib/system/paths.js";

/**
 * A Python that has the baseline's packages: `ACINUS_BENCH_PYTHON` as it is, otherwise a virtual environment in the cache, made at first use.
 * @throws InstallationError when it cannot be made.
 */
export async function baselinePython(say: (text: string) => void): Promise<string> {
  const chosen = process.env.ACINUS_BENCH_PYTHON;
  if (chosen) return chosen;
  const folder = join(cacheFolder(), "bench-python");
  const python = process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const requirements = join(packageRoot(), "bench", "baseline", "requirements.txt");
  const stamp = join(folder, ".acinus-stamp");
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const isWhole = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isWhole()) return python;

  mkdirSync(cacheFolder(), { recursive: true });
  const lock = join(cacheFolder(), "bench-python.lock");
  await withLock(
    lock,
    async () => {
      if (isWhole()) return;
      say(`Installing the Python baseline into ${folder} (PyTorch, smp, OpenCV, onnxruntime: about 6 GB, once)\n`);
      rmSync(folder, { recursive: true, force: true });
      await step(requirePip("the Python baseline").command, ["-m", "venv", folder], say);
      await step(python, ["-m", "pip", "install", "--disable-pip-version-check", "-r", requirements], say);
      writeFileSync(stamp, wanted);
    },
    (owner) => say(`Waiting for ${owner}, which installs the Python baseline\n`),
  );
  return python;
}

async function step(command: string, args: readonly string[], say: (text: string) => void): Promise<void> {
  const onLine = (line: string) => /^(Downloading|Installing|Successfully)/.test(line) && say(`  ${line.slice(0, 110)}\n`);
  const { status, lines } = await run(command, args, { onLine });
  if (status === 0) return;
  throw new InstallationError("ACINUS_SETUP", `The Python baseline could not be installed:\n${lines.slice(-6).join("\n")}\n`, {
    fix: `Try it by hand: ${command} ${args.join(" ")}; or name a Python that has the packages: ACINUS_BENCH_PYTHON=/path/to/python`,
  });
}
