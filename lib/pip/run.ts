import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Every line of both streams, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the program; the call then rejects. */
  readonly signal?: AbortSignal;
  /** File that receives everything. */
  readonly log?: string;
}

/** Runs a program to its end without a standard input; resolves with its exit code and all it printed. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ status: number; lines: string[] }> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.environment ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    signal: options.signal,
  });
  const kill = () => child.kill();
  process.on("exit", kill);
  const log = options.log ? createWriteStream(options.log, { flags: "a" }) : null;
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      log?.write(text);
      const parts = (rest + text).split(/\r?\n|\r/);
      rest = parts.pop() ?? "";
      for (const line of parts) take(line);
    });
    stream.on("end", () => rest && take(rest));
  }
  function take(line: string): void {
    lines.push(line);
    options.onLine?.(line);
  }
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? -1));
    });
    return { status, lines };
  } finally {
    process.off("exit", kill);
    log?.end();
  }
}
