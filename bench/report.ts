/** What a benchmark prints. */
import type { Machine } from "./machine.js";
import type { Summary } from "./statistics.js";
import type { Comparison, Side } from "./train.js";

export function machineText(machine: Machine): string {
  const features = machine.features.length > 0 ? `, ${machine.features.join(" ")}` : "";
  const quiet = machine.load < 0.5 ? "" : "; NOT quiet, figures are doubtful";
  return [
    `Machine  ${machine.cpu}, ${machine.cores} cores${features}, ${gigabytes(machine.memory)}, ${machine.platform}`,
    `         Node ${machine.node}, load ${machine.load.toFixed(1)} before the start${quiet}`,
  ].join("\n");
}

export function comparisonText({ case: measured, conditions, acinus, baseline, speedup }: Comparison): string {
  const { threads, precision, rounds, steps, part, baselineLayout } = conditions;
  const what = part === "full" ? "whole training step" : "network only (no augmentation, edge channel or projection)";
  const title = `${measured.name}: ${measured.encoder}, ${measured.size}×${measured.size}, batch ${measured.batch}, ${precision}, ${threads} threads`;
  const lag = acinus.eventLoopLag;
  const lines = [
    title,
    `  ${what}; ${rounds} rounds of ${steps} steps each, in turn; baseline ${baselineLayout}`,
    row("", "seconds per step", "(min – max)", "peak memory"),
    sideRow("acinus", acinus),
    sideRow("Python", baseline),
    `  Python takes ${speedup.median.toFixed(2)} times as long (${speedup.min.toFixed(2)} – ${speedup.max.toFixed(2)} over the rounds)`,
  ];
  if (lag) lines.push(`  event-loop lag while training: p50 ${ms(lag.p50)}, p99 ${ms(lag.p99)}, max ${ms(lag.max)}`);
  lines.push(`  acinus: ${versions(acinus)}; Python: ${versions(baseline)}`);
  return lines.join("\n");
}

function sideRow(name: string, { seconds, peakMemory }: Side): string {
  return row(name, seconds.median.toFixed(3), range(seconds), peakMemory === null ? "unknown" : gigabytes(peakMemory));
}

function row(name: string, median: string, spread: string, memory: string): string {
  return `  ${name.padEnd(8)}${median.padStart(18)}${spread.padStart(18)}${memory.padStart(14)}`;
}

const range = ({ min, max }: Summary) => `(${min.toFixed(3)} – ${max.toFixed(3)})`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const ms = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;
const versions = (side: Side) =>
  Object.entries(side.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
