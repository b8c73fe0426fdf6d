/** Our side of the benchmark: trains when asked (protocol.ts, as baseline/step.py does), through the package's own facade. */
import { readFileSync } from "node:fs";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { native } from "../lib/addon/load.js";
import { Dataset } from "../lib/dataset/dataset.js";
import { Model } from "../lib/model.js";
import { Trainer } from "../lib/trainer.js";
import { packageVersion } from "../lib/version.js";
import type { Answer, Command, EventLoopLag } from "./protocol.js";
import { median } from "./statistics.js";

const named = ["data", "validation", "encoder", "batch", "threads", "seed", "precision", "part"] as const;
const { values } = parseArgs({ options: Object.fromEntries(named.map((name) => [name, { type: "string" as const }])) });
const text = (name: (typeof named)[number]) => {
  const value = values[name];
  if (typeof value !== "string") throw new Error(`--${name} is missing`);
  return value;
};
const count = (name: (typeof named)[number]) => Number(text(name));
const full = text("part") === "full";

native().setThreads(count("threads"));
using train = await Dataset.open(text("data"));
using validation = await Dataset.open(text("validation"));
using model = await Model.create({
  encoder: text("encoder") as "efficientnet-b0",
  inputMode: full ? "projection" : "drop",
  seed: count("seed"),
});
using trainer = new Trainer(model, {
  train,
  validation,
  epochs: 1_000_000, // the schedule never ends
  batch: count("batch"),
  accumulation: 1, // every step is a whole one
  precision: text("precision") as "fp32" | "bf16",
  device: "cpu",
  seed: count("seed"),
  augment: { enabled: full },
});
const loop = await trainer.begin();

const resolution = 1; // ms; the monitor's values include it
const monitors: IntervalHistogram[] = [];
let drawn = 0;

answer({
  type: "ready",
  versions: { acinus: packageVersion(), node: process.versions.node, libtorch: native().libtorchVersion },
  parameters: model.parameterCount,
  threads: native().threads(),
});
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  if (command.command === "quit") break;
  if (command.command === "steps") answer(await steps(command.count));
  else answer({ type: "report", peakMemory: peakMemory(), eventLoopLag: monitors.length > 0 ? eventLoopLag() : null });
}

async function steps(wanted: number): Promise<Answer> {
  // One for each call: a monitor enabled again counts the pause, in which the other side trained, as a delay.
  const monitor = monitorEventLoopDelay({ resolution });
  monitor.enable();
  const seconds: number[] = [];
  const losses: number[] = [];
  for (let done = 0; done < wanted; done++) {
    const started = performance.now();
    const indices = Int32Array.from({ length: count("batch") }, (_, k) => (drawn + k) % train.length);
    const { loss } = await loop.step({ epoch: Math.floor(drawn / train.length), indices });
    seconds.push((performance.now() - started) / 1000);
    losses.push(loss);
    drawn += count("batch");
  }
  monitor.disable();
  monitors.push(monitor);
  return { type: "steps", seconds, losses };
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
