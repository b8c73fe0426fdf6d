import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** What a figure depends on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** The vector and matrix units that decide the speed of fp32 and bf16. */
  readonly features: readonly string[];
  readonly memory: number;
  /** The load average of the last minute before the start. Above 0.5 the machine was not quiet. */
  readonly load: number;
  readonly platform: string;
  readonly node: string;
}

const notable = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"];

export function describeMachine(): Machine {
  const flags = new Set(cpuInformation("flags").split(" "));
  const family = [cpuInformation("cpu family"), cpuInformation("model")].join("/");
  const name = cpus()[0]?.model.trim() ?? "unknown";
  return {
    cpu: family === "/" ? name : `${name} (family/model ${family})`,
    cores: availableParallelism(),
    features: notable.filter((flag) => flags.has(flag)),
    memory: totalmem(),
    load: loadavg()[0] ?? 0,
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  };
}

function cpuInformation(key: string): string {
  try {
    return new RegExp(`^${key}\\s*: (.*)$`, "m").exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}
