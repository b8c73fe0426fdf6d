import cliProgress from "cli-progress";
import { visible } from "../../lib/system/visible.js";
import { forTerminal } from "./output.js";

/** What a progress display shows beside the count. */
export interface Progress {
  /** Sets the amount of work; the clock of the ETA starts. */
  start(total: number, done?: number): void;
  update(done: number, note?: string): void;
  /** A line that stays, above the moving one. */
  line(text: string): void;
  stop(): void;
}

/** Time between two plain lines, so that logs of long runs stay readable and short work prints none. */
const quietSeconds = 10;

/** A moving line with ETA on a terminal; elsewhere a plain line now and then. Always on standard error, so that standard output stays data. */
export function progress(title: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? movingLine(visible(title), stream) : plainLines(visible(title), stream);
}

function movingLine(title: string, stream: NodeJS.WriteStream): Progress {
  const colour = !process.env.NO_COLOR;
  const bar = colour ? "\u001b[36m{bar}\u001b[0m" : "{bar}";
  const bars = new cliProgress.MultiBar(
    {
      format: `${title} ${bar} {percentage} % | {value}/{total} | {left}{note}`,
      stream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
      fps: 8,
      linewrap: false,
      gracefulExit: false,
      barCompleteChar: "█",
      barIncompleteChar: "░",
    },
    cliProgress.Presets.rect,
  );
  const clock = new Clock();
  let current: cliProgress.SingleBar | undefined;
  return {
    start(total, done = 0) {
      clock.start(total, done);
      current = bars.create(total, done, { left: "", note: "" });
    },
    update(done, note = "") {
      current?.update(done, { left: clock.left(done), note: note && ` | ${note}` });
    },
    line(text) {
      if (current) bars.log(`${forTerminal(text)}\n`);
      else stream.write(`${forTerminal(text)}\n`);
      bars.update();
    },
    stop() {
      if (current) bars.stop();
      current = undefined;
    },
  };
}

function plainLines(title: string, stream: NodeJS.WriteStream): Progress {
  const clock = new Clock();
  let total = 0;
  let written = performance.now();
  return {
    start(all, done = 0) {
      clock.start(all, done);
      total = all;
    },
    update(done, note = "") {
      if (performance.now() - written < quietSeconds * 1000) return;
      written = performance.now();
      stream.write(
        `${title} ${Math.floor((100 * done) / total)} % (${done}/${total}), ${clock.left(done)}${note && ` | ${note}`}\n`,
      );
    },
    line(text) {
      written = performance.now();
      stream.write(`${forTerminal(text)}\n`);
    },
    stop() {},
  };
}

/** Time left, from the pace so far. */
class Clock {
  #from = 0;
  #total = 0;
  #done = 0;

  start(total: number, done: number): void {
    this.#from = performance.now();
    this.#total = total;
    this.#done = done;
  }

  left(done: number): string {
    const progressed = done - this.#done;
    if (progressed <= 0) return "…";
    const seconds = ((performance.now() - this.#from) / 1000 / progressed) * (this.#total - done);
    return `${duration(seconds)} left`;
  }
}

/** 75 → "1:15", 3700 → "1:01:40", below a minute "42 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  if (hours > 0) return `${hours}:${two(minutes)}:${two(rest)}`;
  return minutes > 0 ? `${minutes}:${two(rest)}` : `${rest} s`;
}
