import { freemem } from "node:os";
import { memoryLeftByUlimit, memoryLeftInGroups } from "./control-groups.js";

/**
 * Bytes that this process can still take: what the machine has free (file caches count as free), or what is left of its control groups' limits
 * and of `ulimit -v` and `ulimit -d`.
 */
export function availableMemory(): number {
  // os.freemem() is MemAvailable of /proc/meminfo on Linux.
  const { address, data } = memoryLeftByUlimit();
  return Math.min(freemem(), memoryLeftInGroups(), address, data);
}

/** `1.5 GB` and the like, for messages. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
}
