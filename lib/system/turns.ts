import { setImmediate } from "node:timers/promises";

/** So much work, in steps of a loop, takes a few milliseconds. */
const enough = 50_000;

/**
 * For loops in JavaScript over as many things as an image may hold: tells when the event loop should have its turn.
 * `if (turns.due(work)) await turns.next();`
 */
export class Turns {
  #work = 0;

  /** @param work steps of the loop since the last call. */
  due(work = 1): boolean {
    this.#work += work;
    return this.#work >= enough;
  }

  /** Settles after everything that waits on the event loop had its turn, or rejects with the reason of an abort. */
  async next(signal?: AbortSignal): Promise<void> {
    this.#work = 0;
    await setImmediate();
    signal?.throwIfAborted();
  }
}
