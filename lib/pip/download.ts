/** Downloads wheels with the pip client, which knows the user's index, proxy, certificates and cache. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InstallationError } from "../errors.js";
import { makeFolder } from "../system/make-folder.js";
import type { Python } from "../system/python.js";
import { run } from "./run.js";

export interface DownloadProgress {
  readonly stage: "download";
  /** The file, or what pip is asked for. */
  readonly message: string;
  /** Bytes, where they are known. */
  readonly done?: number;
  readonly total?: number;
  /** Seconds left, where it can be told. */
  readonly eta?: number;
}

export interface PipRequest {
  readonly requirements: readonly string[];
  readonly destination: string;
  /** Folder for pip's own temporary files: on the cache's disk, and where the growing file is seen. */
  readonly temporary: string;
  readonly tags: readonly string[];
  readonly index?: string;
  /** Folder where wheels may lie already. */
  readonly findLinks?: string;
  readonly dependencies?: boolean;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** What to do without a network, in a sentence. */
  readonly offline: string;
  readonly signal?: AbortSignal;
}

/**
 * Downloads the wheels and returns their paths.
 * @throws InstallationError that says whether the network, the disk or the index is at fault.
 */
export async function pipDownload(python: Python, request: PipRequest): Promise<string[]> {
  makeFolder(request.destination);
  makeFolder(request.temporary);
  const meter = new DownloadMeter(request);
  const timer = setInterval(() => meter.report(), 500);
  try {
    const { status, lines } = await run(python.command, pipArguments(request), {
      environment: {
        ...process.env,
        TMPDIR: request.temporary,
        TEMP: request.temporary,
        LC_ALL: "C.UTF-8",
        PYTHONUNBUFFERED: "1",
      },
      onLine: (line) => meter.read(line),
      signal: request.signal,
    });
    if (status !== 0) throw pipFailure(python, request, lines);
  } finally {
    clearInterval(timer);
  }
  return readdirSync(request.destination)
    .filter((name) => name.endsWith(".whl"))
    .map((name) => join(request.destination, name));
}

function pipArguments(request: PipRequest): string[] {
  // Few retries: without a network pip would otherwise try for a minute before it says so.
  const args = [
    "-m",
    "pip",
    "download",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar",
    "off",
    "--retries",
    "2",
  ];
  args.push("--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--abi", "none");
  for (const tag of request.tags) args.push("--platform", tag);
  if (!request.dependencies) args.push("--no-deps");
  if (request.index) args.push("--index-url", request.index);
  if (request.findLinks) args.push("--find-links", request.findLinks);
  return [...args, "--dest", request.destination, ...request.requirements];
}

/** pip is silent about a running download; its size is in pip's first line, its progress in the growing file. */
class DownloadMeter {
  private file = "";
  private total = 0;
  private start = Date.now();

  constructor(private readonly request: PipRequest) {}

  read(line: string): void {
    const found = /(Downloading|Using cached) (?:\S*\/)?(\S+\.whl) \(([\d.]+) (bytes|kB|MB|GB)\)/.exec(line);
    if (!found) return;
    this.file = found[2] ?? "";
    this.total = Number(found[3]) * { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[found[4] as "MB"];
    this.start = Date.now();
    this.report();
  }

  report(): void {
    if (this.file === "") {
      this.request.onProgress({ stage: "download", message: `asking for ${this.request.requirements.join(", ")}` });
      return;
    }
    const done = Math.min(this.total, largestFile(this.request.temporary));
    const rate = done / ((Date.now() - this.start) / 1000);
    const eta = done > 0 && rate > 0 ? (this.total - done) / rate : undefined;
    this.request.onProgress({ stage: "download", message: this.file, done, total: this.total, eta });
  }
}

function largestFile(folder: string): number {
  let largest = 0;
  try {
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      if (stat?.isFile()) largest = Math.max(largest, stat.size);
    }
  } catch {
    // pip removes its folders while we look
  }
  return largest;
}

function pipFailure(python: Python, request: PipRequest, lines: readonly string[]): InstallationError {
  const text = lines.join("\n");
  const wanted = request.requirements.join(", ");
  const from = request.index ? ` from ${request.index}` : "";
  if (/No space left on device|Errno 28/.test(text)) {
    return new InstallationError(
      "ACINUS_SETUP",
      `The disk filled up while ${wanted} was downloaded into ${request.temporary}.`,
      {
        fix: "Free some space, or name another folder: ACINUS_CACHE=/path/with/space",
      },
    );
  }
  const network =
    /NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ConnectionReset|Connection (refused|reset|aborted)|Temporary failure in name resolution|Name or service not known|Network is unreachable|ProxyError|SSLError|IncompleteRead|Max retries/;
  if (network.test(text)) {
    return new InstallationError("ACINUS_SETUP", `No network: pip could not download ${wanted}${from}.`, {
      fix: `Connect and run the same command again. ${request.offline}`,
    });
  }
  const last = lines.filter((line) => line.trim() !== "").slice(-4);
  return new InstallationError(
    "ACINUS_SETUP",
    `pip could not download ${wanted}${from}:\n${last.map((line) => `  ${line}`).join("\n")}\n`,
    {
      fix: `Try it by hand: ${python.command} ${pipArguments(request).join(" ")}`,
    },
  );
}
