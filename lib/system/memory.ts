import { readFileSync } from "node:fs";
import { freemem } from "node:os";

/**
 * Bytes that this process can still take: what the machine has free (file caches count as free), or what is left of the container's limit.
 */
export function availableMemory(): number {
  // os.freemem() is MemAvailable of /proc/meminfo on Linux.
  return Math.min(freemem(), ...cgroups.map(leftInCgroup));
}

/** `1.5 GB` and the like, for messages. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
}

/** Version 2, then version 1 of control groups. */
const cgroups = [
  { limit: "/sys/fs/cgroup/memory.max", used: "/sys/fs/cgroup/memory.current", statistics: "/sys/fs/cgroup/memory.stat" },
  {
    limit: "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    used: "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    statistics: "/sys/fs/cgroup/memory/memory.stat",
  },
];

function leftInCgroup(files: (typeof cgroups)[number]): number {
  try {
    const limit = Number(readFileSync(files.limit, "utf8")); // "max": NaN
    const used = Number(readFileSync(files.used, "utf8"));
    const cache = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(readFileSync(files.statistics, "utf8"))?.[1] ?? 0);
    return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : Math.max(limit - used + cache, 0);
  } catch {
    return Number.POSITIVE_INFINITY; // no such control group
  }
}
