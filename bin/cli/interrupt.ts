import { exitAtOnce } from "../../lib/addon/load.js";
import { ignoresHangUp } from "./nohup.js";

/** Why work was stopped: a signal, or a limit of time. */
export class Interrupted extends Error {
  /** The command that continues the work. */
  resume?: string;

  constructor(readonly by: string) {
    super(`Stopped by ${by}.`);
    this.name = "Interrupted";
  }
}

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Asks the work to end in good order, as a signal does. `by` is what asked. */
  readonly interrupt: (by: string) => void;
  readonly release: () => void;
}

const showCursor = "\u001b[?25h\n";

/** Ctrl-C and a polite kill, a terminal that is closed, and what batch systems send before they kill. Without a listener each ends the process. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const satisfies NodeJS.Signals[];
const impatient = new Set<string>(["SIGINT", "SIGTERM"]);

/**
 * The first signal asks the work to end in good order. A second Ctrl-C or SIGTERM ends the process at once, with exit code 130 as well; a
 * batch system that warns first and then sends SIGTERM does not.
 */
export function listenForInterrupt(say: (text: string) => void): Interrupts {
  const controller = new AbortController();
  let quits = false; // the next Ctrl-C or SIGTERM
  const interrupt = (by: string) => {
    if (controller.signal.aborted) return;
    say(by === "SIGINT" ? "Finishing this step; press Ctrl-C again to quit at once." : `Finishing this step (${by}).`);
    controller.abort(new Interrupted(by));
  };
  const handle = (by: NodeJS.Signals) => {
    if (by === "SIGHUP" && ignoresHangUp()) return;
    if (quits && impatient.has(by)) {
      if (process.stderr.isTTY) process.stderr.write(showCursor); // the moving line hid it
      exitAtOnce(130);
    }
    quits ||= impatient.has(by);
    interrupt(by);
  };
  for (const signal of signals) process.on(signal, handle);
  const release = () => {
    for (const signal of signals) process.off(signal, handle);
  };
  return { signal: controller.signal, interrupt, release };
}
