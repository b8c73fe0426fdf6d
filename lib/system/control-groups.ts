/** What Linux lets this process have less of than the machine has: control groups (containers, Slurm, systemd-run) and ulimit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where Linux tells about processes, and what stands before the paths found there. Another one is for tests. */
export interface ProcessFiles {
  /** Folder of the process. */
  readonly process: string;
  /** Stands before every mount point. */
  readonly root: string;
}

export const ownFiles: ProcessFiles = { process: "/proc/self", root: "" };

/** A control group that this process is in, or one that holds it. */
export interface ControlGroup {
  readonly version: 1 | 2;
  readonly folder: string;
}

/** The control groups that limit this process, its own first. A limit of any of them holds. Empty where there are none. */
export function controlGroups(controller: "memory" | "cpu", files: ProcessFiles = ownFiles): ControlGroup[] {
  const memberships = lines(join(files.process, "cgroup")).map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const mounts = lines(join(files.process, "mountinfo")).map(parseMount);
  return memberships.flatMap(([, names, path]) => {
    if (names === undefined || path === undefined) return [];
    const version = names === "" ? 2 : 1;
    if (version === 1 && !names.split(",").includes(controller)) return [];
    const mount = mounts.find(({ type, options }) =>
      version === 2 ? type === "cgroup2" : type === "cgroup" && options.includes(controller),
    );
    if (!mount) return [];
    const top = files.root + mount.point;
    return [...parents(below(path, mount.root))].map((folder) => ({ version, folder: join(top, folder) }) as const);
  });
}

/** The processors' time that the process may take, as a number of processors: 1.5 is one and a half. Infinity without a limit. */
export function cpuQuota(files: ProcessFiles = ownFiles): number {
  return Math.min(Number.POSITIVE_INFINITY, ...controlGroups("cpu", files).map(quotaOf));
}

/** Bytes that the control groups leave to this process, file caches that can go counted as free. Infinity without a limit. */
export function memoryLeftInGroups(files: ProcessFiles = ownFiles): number {
  return Math.min(Number.POSITIVE_INFINITY, ...controlGroups("memory", files).map(leftIn));
}

/** Bytes of address space (`ulimit -v`) and of data (`ulimit -d`) that are left to this process. Infinity without a limit. */
export function memoryLeftByUlimit(files: ProcessFiles = ownFiles): { address: number; data: number } {
  const limits = text(join(files.process, "limits"));
  const status = text(join(files.process, "status"));
  const left = (limit: string, used: string) => {
    const most = Number(new RegExp(`^${limit}\\s+(\\d+)`, "m").exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
    return Math.max(most - 1024 * Number(new RegExp(`^${used}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0), 0);
  };
  return { address: left("Max address space", "VmSize"), data: left("Max data size", "VmData") };
}

/** A line of mountinfo (proc(5)): which folder of the file system is mounted where. */
function parseMount(line: string): { root: string; point: string; type: string; options: string[] } {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root = "", point = ""] = before.split(" ");
  const [type = "", , options = ""] = after.split(" ");
  return { root, point, type, options: options.split(",") };
}

/** In a container the mount may show a part of the tree of groups only, and the path is that of the whole. */
function below(path: string, root: string): string {
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : "/";
}

/** `/a/b`, `/a`, `/`. What lies above the mount is not seen. */
function* parents(path: string): Generator<string> {
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  for (let length = names.length; length >= 0; length--) yield `/${names.slice(0, length).join("/")}`;
}

function quotaOf({ version, folder }: ControlGroup): number {
  const [quota, period] =
    version === 2
      ? text(join(folder, "cpu.max")).split(" ")
      : [text(join(folder, "cpu.cfs_quota_us")), text(join(folder, "cpu.cfs_period_us"))];
  const share = Number.parseInt(quota ?? "", 10) / Number.parseInt(period ?? "", 10); // "max" and "": NaN; no limit in version 1: -1
  return share > 0 ? share : Number.POSITIVE_INFINITY;
}

function leftIn({ version, folder }: ControlGroup): number {
  const [limitFile, usedFile] =
    version === 2 ? ["memory.max", "memory.current"] : ["memory.limit_in_bytes", "memory.usage_in_bytes"];
  const limit = Number.parseInt(text(join(folder, limitFile)), 10);
  if (Number.isNaN(limit)) return Number.POSITIVE_INFINITY; // "max", or no such file
  const used = Number.parseInt(text(join(folder, usedFile)), 10) || 0;
  const cache = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(text(join(folder, "memory.stat")))?.[1] ?? 0);
  return Math.max(limit - used + cache, 0);
}

function lines(file: string): string[] {
  return text(file)
    .split("\n")
    .filter((line) => line !== "");
}

/** Empty where it cannot be read: other systems have no such files. */
function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
