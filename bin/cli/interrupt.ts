/** Why work was stopped: Ctrl-C or a polite kill. */
export class Interrupted extends Error {
  /** The command that goes on from where it stopped. */
  resume?: string;

  constructor(readonly by: NodeJS.Signals) {
    super(`Stopped by ${by}.`);
    this.name = "Interrupted";
  }
}

/**
 * The first SIGINT or SIGTERM asks the work to end in good order; the second ends the process at once (checkpoints are renamed into place, so
 * none is ever half written).
 */
export function listenForInterrupt(say: (text: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handle = (by: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      release();
      process.kill(process.pid, by);
      return;
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
