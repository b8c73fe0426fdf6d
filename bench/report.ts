/** What a benchmark prints. */
import type { Agreement } from "./agreement.js";
import type { Machine } from "./machine.js";
import type { PythonResult, RowResult, SideResult, Trial } from "./results.js";
import { judge, noisySpread, type Summary } from "./statistics.js";

export function machineText(machine: Machine): string {
  const features = machine.features.length > 0 ? `, ${machine.features.join(" ")}` : "";
  const quiet = machine.load < 0.5 ? "" : "; others were at work";
  return [
    `Machine  ${machine.cpu}, ${machine.cores} cores${features}, ${gigabytes(machine.memory)}, ${machine.platform}`,
    `         Node ${machine.node}, load ${machine.load.toFixed(1)} before the start${quiet}`,
  ].join("\n");
}

export function rowText(result: RowResult): string {
  const { acinus, python, conditions, aims, trials } = result;
  const { defaults, best } = python;
  const lines = [
    `${result.name}: ${result.title}`,
    `  ${conditions.rounds} rounds in turn of ${acinus.seconds.count / conditions.rounds} each, ${acinus.threads} threads`,
    line("", "median", "min – max", "Python/acinus", "peak memory"),
    sideLine("acinus", acinus),
  ];
  if (defaults) lines.push(sideLine("Python, defaults", defaults, defaults));
  if (best) lines.push(sideLine("Python, best", best, best), `    best: ${best.settings}`);
  if (trials.length > 0) {
    lines.push(`    tried: ${trials.map(trialText).join("; ")}`);
  }
  lines.push(...aimLines(result, aims));
  for (const [name, side] of Object.entries(python)) {
    for (const agreement of side.agreements) lines.push(`  ${agreementText(agreement, name)}`);
  }
  const lag = acinus.eventLoopLag;
  if (lag)
    lines.push(`  event-loop lag meanwhile: p50 ${duration(lag.p50)}, p99 ${duration(lag.p99)}, max ${duration(lag.max)}`);
  lines.push(`  ${versionsText(acinus)}; ${versionsText(defaults ?? best)}`);
  if (result.noisy) {
    const worst = Math.max(acinus.spread, defaults?.spread ?? 1, best?.spread ?? 1);
    lines.push(
      `  NOISY: rounds of one side differ ${worst.toFixed(2)}-fold (quiet: ${noisySpread} at most); others used the machine`,
    );
  }
  if (!result.agrees) lines.push("  FAILED: the two sides do not compute the same, so their seconds mean nothing");
  return lines.join("\n");
}

function aimLines({ python, acinus, noisy }: RowResult, aims: RowResult["aims"]): string[] {
  const { defaults, best } = python;
  const point = (value: number): Summary => ({ median: value, min: value, max: value, count: 1 });
  const lines: string[] = [];
  const add = (what: string, value: Summary, aim: { atLeast: number } | { atMost: number }, shown: string) =>
    lines.push(`  aim: ${what} ${shown}: ${judge(value, aim, noisy)}`);
  if (aims.defaults && defaults) {
    add("against the defaults", defaults.speedup, { atLeast: aims.defaults }, `at least ${aims.defaults} times as fast`);
  }
  if (aims.best && best) add("against its best", best.speedup, { atLeast: aims.best }, `at least ${aims.best} times as fast`);
  if (aims.seconds) add("acinus takes", acinus.seconds, { atMost: aims.seconds }, `at most ${duration(aims.seconds)}`);
  for (const [name, side, most] of [
    ["the defaults'", defaults, aims.memoryDefaults],
    ["its best's", best, aims.memoryBest],
  ] as const) {
    if (most && side?.memory) {
      add("peak memory at most", point(side.memory), { atMost: most }, `${most} of ${name}, is ${side.memory.toFixed(2)}`);
    }
  }
  return lines;
}

function agreementText({ name, tolerance, difference, agrees, ours, theirs }: Agreement, side: string): string {
  const [limit, kind] = "relative" in tolerance ? [tolerance.relative, "relative"] : [tolerance.absolute, "absolute"];
  const numbers = (list: readonly number[]) => list.map((value) => (value === null ? "?" : value.toPrecision(5))).join(" ");
  const verdict = agrees ? "agrees" : "DISAGREES";
  return `${name} (${side}): ${numbers(ours)} | ${numbers(theirs)}: ${verdict}, ${difference.toExponential(1)} of ${limit} ${kind}`;
}

/** The rows as one Markdown table. */
export function tableText(results: readonly RowResult[]): string {
  const rows = results.map((result) => {
    const { acinus, python, aims, noisy } = result;
    const ratio = (side: PythonResult | undefined, aim: number | undefined) =>
      side ? `${side.speedup.median.toFixed(2)}× (${times(side.speedup)})${aim ? `, aim ${aim}` : ""}` : "";
    const memory = (side: PythonResult | undefined) => (side?.memory ? side.memory.toFixed(2) : "");
    return [
      result.title,
      duration(acinus.seconds.median),
      python.defaults ? duration(python.defaults.seconds.median) : "",
      ratio(python.defaults, aims.defaults),
      python.best ? `${duration(python.best.seconds.median)} (${python.best.settings})` : "",
      ratio(python.best, aims.best),
      [memory(python.defaults), memory(python.best)].filter(Boolean).join(" / "),
      result.agrees ? (noisy ? "noisy" : "") : "RESULTS DISAGREE",
    ];
  });
  const header = ["Work", "acinus", "Python, defaults", "ratio", "Python, best", "ratio", "memory", ""];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function trialText(trial: Trial): string {
  if ("seconds" in trial) return `${trial.settings} ${duration(trial.seconds)}`;
  return `${trial.settings} failed (${trial.failure.trim().split("\n").at(-1)})`;
}

function sideLine(name: string, side: SideResult, python?: PythonResult): string {
  const { median, min, max } = side.seconds;
  const ratio = python ? `${python.speedup.median.toFixed(2)} (${times(python.speedup)})` : "";
  const memory = side.peakMemory === null ? "unknown" : gigabytes(side.peakMemory);
  return line(name, duration(median), `${duration(min)} – ${duration(max)}`, ratio, memory);
}

function line(name: string, middle: string, range: string, ratio: string, memory: string): string {
  return `  ${name.padEnd(18)}${middle.padStart(10)}${range.padStart(22)}${ratio.padStart(22)}${memory.padStart(14)}`;
}

const times = ({ min, max }: Summary) => `${min.toFixed(2)} – ${max.toFixed(2)}`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const duration = (seconds: number) => (seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toFixed(2)} s`);
const versionsText = (side: SideResult | undefined) =>
  Object.entries(side?.versions ?? {})
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
