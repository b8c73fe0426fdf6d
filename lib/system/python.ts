import { spawnSync } from "node:child_process";

export interface Python {
  readonly command: string;
  readonly version: string;
}

/** The Python that set-up uses: `ACINUS_PYTHON`, otherwise `python3`, then `python` of the PATH. */
export function findPython(): Python | null {
  const candidates = process.env.ACINUS_PYTHON ? [process.env.ACINUS_PYTHON] : ["python3", "python"];
  for (const command of candidates) {
    const answer = runPython(command, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]);
    const version = answer.stdout.trim();
    if (answer.status === 0 && version.startsWith("3.")) return { command, version };
  }
  return null;
}

/** Runs Python and collects what it prints; a missing executable gives a status of -1. */
export function runPython(command: string, args: readonly string[]): { status: number; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  return { status: status ?? -1, stdout: stdout ?? "", stderr: stderr ?? "" };
}
