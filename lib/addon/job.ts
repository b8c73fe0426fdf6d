import { AcinusError, fromNative } from "../errors.js";
import type { Job } from "./contract.js";

/**
 * Waits for long native work. An abort of `signal` asks the work to stop, lets it finish its step, and then rejects with
 * `signal.reason`. Native errors become AcinusErrors.
 * @param outOfMemory what helps where memory runs out: the work at hand decides which options there are.
 */
export async function settle<T>(start: () => Job<T>, signal?: AbortSignal, outOfMemory?: string): Promise<T> {
  signal?.throwIfAborted();
  const job = call(start);
  const stop = () => job.stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const result = await job.done;
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw fromNative(error, outOfMemory);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** Runs a synchronous native call; its errors become AcinusErrors. */
export function call<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw fromNative(error);
  }
}

/** What a closed object answers. */
export function closed(what: string): AcinusError {
  return new AcinusError("ACINUS_CLOSED", `This ${what} was closed and cannot be used any more.`);
}
