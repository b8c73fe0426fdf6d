/** How many processor threads LibTorch gets, and why. */
import { availableParallelism } from "node:os";
import { cpuQuota } from "../system/control-groups.js";

export interface ThreadChoice {
  /** What to set; undefined leaves it to LibTorch, which reads `OMP_NUM_THREADS` and the processors that the process may run on. */
  readonly count: number | undefined;
  /** What decided, for people. */
  readonly because: string;
}

/**
 * `OMP_NUM_THREADS` is obeyed. Otherwise there is one thread for each processor that the process may run on, and no more than the control
 * group's quota of processor time pays for: threads beyond it stand still together, and all wait for each other.
 */
export function chooseThreads(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  processors = availableParallelism(),
  quota = cpuQuota(),
): ThreadChoice {
  const asked = environment.OMP_NUM_THREADS;
  const allowed = Math.max(1, Math.floor(quota));
  const limited = allowed < processors;
  if (asked) {
    const beyond =
      limited && Number.parseInt(asked, 10) > allowed ? `, above the quota of ${shown(quota)}: it will be slow` : "";
    return { count: undefined, because: `OMP_NUM_THREADS=${asked}${beyond}` };
  }
  if (limited) return { count: allowed, because: `the control group's quota of ${shown(quota)}` };
  return { count: undefined, because: "one for each processor that the process may run on" };
}

function shown(quota: number): string {
  return `${Number(quota.toFixed(2))} ${quota === 1 ? "processor" : "processors"}`;
}
