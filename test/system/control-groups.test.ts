import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controlGroups, cpuQuota, memoryLeftByUlimit, memoryLeftInGroups, ownFiles } from "../../lib/system/control-groups.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "acinus-groups-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A machine as Linux shows it: files by their absolute names. */
function machine(files: Record<string, string>) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return { process: join(root, "/proc/self"), root };
}

const version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

describe("limits of control groups", () => {
  it("are found in a nested group of version 2, and the tightest of all that hold it counts", () => {
    const files = machine({
      "/proc/self/cgroup": "0::/system.slice/slurmstepd.scope/job_7/step_0\n",
      "/proc/self/mountinfo": version2,
      "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/memory.max": "max\n",
      "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/cpu.max": "400000 100000\n",
      "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.max": "4000000000\n",
      "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.current": "1500000000\n",
      "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.stat": "anon 1\ninactive_file 500000000\n",
      "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/system.slice/memory.max": "9000000000\n",
      "/sys/fs/cgroup/system.slice/cpu.max": "max 100000\n",
    });
    expect(memoryLeftInGroups(files)).toBe(3e9);
    expect(cpuQuota(files)).toBe(1.5);
    expect(controlGroups("memory", files)).toHaveLength(5);
  });

  it("are found in version 1, each controller at its own mount", () => {
    const files = machine({
      "/proc/self/cgroup": "4:memory:/user/7\n3:cpu,cpuacct:/user\n1:name=systemd:/\n0::/\n",
      "/proc/self/mountinfo":
        "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
        "36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "/sys/fs/cgroup/memory/user/7/memory.limit_in_bytes": "2000000000\n",
      "/sys/fs/cgroup/memory/user/7/memory.usage_in_bytes": "1900000000\n",
      "/sys/fs/cgroup/memory/user/7/memory.stat": "inactive_file 5\ntotal_inactive_file 5\n",
      "/sys/fs/cgroup/cpu,cpuacct/user/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu,cpuacct/user/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    });
    expect(memoryLeftInGroups(files)).toBe(1e8 + 5);
    expect(cpuQuota(files)).toBe(0.5);
  });

  it("are found in a container, whose mount shows a part of the tree", () => {
    const files = machine({
      "/proc/self/cgroup": "7:memory:/docker/abc/inner\n",
      "/proc/self/mountinfo": "36 31 0:33 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000000\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000000\n",
    });
    expect(memoryLeftInGroups(files)).toBe(2e9);
  });

  it("above what is mounted are not looked for, and a group in use beyond its limit leaves nothing", () => {
    const files = machine({
      "/proc/self/cgroup": "0::/../../elsewhere\n",
      "/proc/self/mountinfo": version2,
      "/sys/fs/cgroup/memory.max": "1000\n",
      "/sys/fs/cgroup/memory.current": "2000\n",
    });
    expect(memoryLeftInGroups(files)).toBe(0);
  });

  it("are none where Linux tells none", () => {
    const files = machine({});
    expect([cpuQuota(files), memoryLeftInGroups(files)]).toEqual([Infinity, Infinity]);
    expect(memoryLeftByUlimit(files)).toEqual({ address: Infinity, data: Infinity });
  });
});

describe("limits of ulimit", () => {
  it("leave what the process does not use yet", () => {
    const limits = (space: string, data: string) =>
      `Limit                     Soft Limit           Hard Limit           Units     \n` +
      `Max data size             ${data}              unlimited            bytes     \n` +
      `Max address space         ${space}             unlimited            bytes     \n`;
    const status = "Name:\tnode\nVmSize:\t 2000000 kB\nVmData:\t  500000 kB\n";
    const left = (space: string, data: string) =>
      memoryLeftByUlimit(machine({ "/proc/self/limits": limits(space, data), "/proc/self/status": status }));
    expect(left("unlimited", "unlimited")).toEqual({ address: Infinity, data: Infinity });
    expect(left("8000000000", "1000000000")).toEqual({ address: 8e9 - 2000000 * 1024, data: 1e9 - 500000 * 1024 });
    expect(left("1000000000", "unlimited")).toEqual({ address: 0, data: Infinity });
  });

  it.runIf(process.platform === "linux")("of this process are read", () => {
    expect(memoryLeftByUlimit(ownFiles).address).toBeGreaterThan(0);
  });
});
