import type { SetupProgress } from "./types.js";

const titles = { wait: "Waiting", download: "Downloading", verify: "Checking", unpack: "Unpacking", compile: "Compiling" };

/**
 * A listener for `setup`: one moving line on a terminal; elsewhere a plain line per stage and tenth. `finish` ends the line.
 */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): {
  listen: (progress: SetupProgress) => void;
  finish: () => void;
} {
  let last = "";
  let open = false;
  function listen(progress: SetupProgress): void {
    if (stream.isTTY) {
      const width = (stream.columns ?? 100) - 1;
      stream.write(`\r${describe(progress).slice(0, width).padEnd(width)}`);
      open = true;
      return;
    }
    const share = progress.total ? Math.floor((10 * (progress.done ?? 0)) / progress.total) : "";
    const key = `${progress.stage} ${progress.stage === "compile" ? "" : progress.message} ${share}`;
    if (key === last) return;
    last = key;
    stream.write(`${describe(progress)}\n`);
  }
  function finish(): void {
    if (open) stream.write("\n");
    open = false;
  }
  return { listen, finish };
}

function describe({ stage, message, done, total, eta }: SetupProgress): string {
  const left = eta !== undefined && Number.isFinite(eta) ? `, ${duration(eta)} left` : "";
  if (total === undefined || done === undefined) return `${titles[stage]}: ${message}`;
  if (stage === "compile") return `${titles[stage]} [${done}/${total}] ${message}${left}`;
  const amount = `${megabytes(done)} of ${megabytes(total)} MB`;
  return `${titles[stage]} ${message}: ${Math.floor((100 * done) / Math.max(1, total))} % (${amount}${left})`;
}

const megabytes = (bytes: number) => (bytes < 1e7 ? (bytes / 1e6).toFixed(1) : (bytes / 1e6).toFixed(0));
const duration = (seconds: number) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
