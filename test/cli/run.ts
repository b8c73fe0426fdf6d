import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const cli = `${root}dist/bin/acinus.js`;

// `npm test` has compiled already; then this takes milliseconds.
const compiled = spawnSync(process.execPath, [`${root}bin/bootstrap.mjs`, "compile"], { encoding: "utf8" });
if (compiled.status !== 0) throw new Error(compiled.stderr);

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Resolves when standard error has shown the pattern; rejects when the process ends first. */
  said(pattern: RegExp): Promise<void>;
}

/** Starts `acinus …` as a shell would. */
export function start(args: readonly string[], environment: Record<string, string> = {}): Running {
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [cli, ...args], { env: { ...inherited, ...environment }, cwd: root });
  let [stdout, stderr] = ["", ""];
  const waiting: { pattern: RegExp; resolve: () => void; reject: (error: Error) => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const { pattern, resolve } of waiting) if (pattern.test(stderr)) resolve();
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.on("close", (code, signal) => {
      for (const { pattern, reject } of waiting) reject(new Error(`ended before ${pattern}:\n${stderr}`));
      resolve({ code, signal, stdout, stderr });
    });
  });
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      if (pattern.test(stderr)) resolve();
      else waiting.push({ pattern, resolve, reject });
    });
  return { child, outcome, said };
}

export function acinus(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  return start(args, environment).outcome;
}
