import { spawnSync } from "node:child_process";

/** A Python with torch, safetensors and smp, named by `ACINUS_TEST_PYTHON`. Tests that need it are reported as skipped without. */
export const python = process.env.ACINUS_TEST_PYTHON || undefined;

/** Runs a script with its arguments and gives the JSON that it prints. */
export function runPython(script: string, ...args: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python as string, ["-c", script, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
