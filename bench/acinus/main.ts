/** Our side of the benchmark: does a job when asked (protocol.ts, as baseline/contender.py does), through the package's own facade. */
import { readFileSync } from "node:fs";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { native } from "../../lib/addon/load.js";
import { packageVersion } from "../../lib/system/version.js";
import type { Job, Work } from "../job.js";
import type { Answer, Command, EventLoopLag } from "../protocol.js";
import { median } from "../statistics.js";
import { augmentWork } from "./augment.js";
import { edgesWork } from "./edges.js";
import { epochWork } from "./epoch.js";
import { predictWork } from "./predict.js";
import { slideWork } from "./slide.js";
import { stepWork } from "./step.js";
import type { Worker } from "./work.js";

const works: Record<Exclude<Work, "start">, (job: Job) => Promise<Worker>> = {
  step: stepWork,
  epoch: epochWork,
  predict: predictWork,
  slide: slideWork,
  edges: edgesWork,
  augment: augmentWork,
};
const resolution = 1; // ms; the monitor's values include it
const monitors: IntervalHistogram[] = [];

const job = JSON.parse(process.argv[2] ?? "") as Job;
/** The functions of acinus/functional work in the caller's own time. */
const background = job.work !== "edges" && job.work !== "augment";
native().setThreads(job.threads);
const worker = await works[job.work as Exclude<Work, "start">](job);
answer({
  type: "ready",
  versions: { acinus: packageVersion(), node: process.versions.node, libtorch: native().libtorchVersion },
  parameters: worker.parameters,
  threads: native().threads(),
});
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  if (command.command === "quit") break;
  if (command.command === "check") answer({ type: "check", values: await worker.check() });
  else if (command.command === "run") answer(await run(command.count));
  else answer({ type: "report", peakMemory: peakMemory(), eventLoopLag: monitors.length > 0 ? eventLoopLag() : null });
}

async function run(wanted: number): Promise<Answer> {
  // A new monitor for each call: one that is enabled again counts the pause, in which the other side worked, as a delay.
  const monitor = monitorEventLoopDelay({ resolution });
  if (background) monitor.enable();
  const seconds: number[] = [];
  const values: Record<string, number[]> = {};
  for (let done = 0; done < wanted; done++) {
    const started = performance.now();
    const found = await worker.run();
    seconds.push((performance.now() - started) / 1000);
    for (const [name, value] of Object.entries(found)) values[name] = [...(values[name] ?? []), value];
  }
  monitor.disable();
  if (background) monitors.push(monitor);
  return { type: "run", seconds, values };
}

/** The median of the calls' medians, and the worst call's p99 and maximum. */
function eventLoopLag(): EventLoopLag {
  const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1000);
  return {
    p50: median(monitors.map((monitor) => beyond(monitor.percentile(50)))),
    p99: Math.max(...monitors.map((monitor) => beyond(monitor.percentile(99)))),
    max: Math.max(...monitors.map((monitor) => beyond(monitor.max))),
  };
}

/** Largest resident size of this process so far, bytes; null where there is no /proc. */
function peakMemory(): number | null {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
    return found ? Number(found[1]) * 1024 : null;
  } catch {
    return null;
  }
}

function answer(message: Answer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
