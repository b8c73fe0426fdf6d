import { exitAtOnce } from "../../lib/addon/load.js";

/** Why work was stopped: Ctrl-C or a polite kill. */
export class Interrupted extends Error {
  /** The command that continues the work. */
  resume?: string;

  constructor(readonly by: NodeJS.Signals) {
    super(`Stopped by ${by}.`);
    this.name = "Interrupted";
  }
}

const showCursor = "\u001b[?25h\n";

/** The first SIGINT or SIGTERM asks the work to end in good order; the second ends the process at once, with exit code 130 as well. */
export function listenForInterrupt(say: (text: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handle = (by: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write(showCursor); // the moving line hid it
      exitAtOnce(130);
    }
    say("Finishing this step; press Ctrl-C again to quit at once.");
    controller.abort(new Interrupted(by));
  };
  const release = () => {
    process.off("SIGINT", handle);
    process.off("SIGTERM", handle);
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return { signal: controller.signal, release };
}
