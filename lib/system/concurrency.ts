import { availableParallelism } from "node:os";

/**
 * Runs `work` on all items, a few at a time, and yields the results in the items' order, whichever file was read first. At most `limit` results
 * wait in memory: two for each core up to 8, so that no core waits while a file is read.
 */
export async function inOrder<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  take: (result: R, index: number) => void | Promise<void>,
  limit = Math.max(2, Math.min(8, 2 * availableParallelism())),
): Promise<void> {
  const running: Promise<R>[] = [];
  let next = 0;
  const start = () => {
    const index = next++;
    const promise = Promise.resolve().then(() => work(items[index] as T, index));
    promise.catch(() => undefined); // reported when its turn comes
    running.push(promise);
  };
  try {
    for (let index = 0; index < items.length; index++) {
      while (next < items.length && running.length < limit) start();
      await take(await (running.shift() as Promise<R>), index);
    }
  } finally {
    await Promise.allSettled(running);
  }
}
