/** Speaks the benchmark's protocol with made-up seconds: `fake-side.mjs BEHAVIOUR… JOB [SETTINGS]`, the behaviour as JSON. */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** @type {{ name?: string, log: string, seconds: number[], slow?: Record<string, number>, loss?: number, norm?: number, dies?: boolean | string, short?: boolean, silent?: boolean }} */
const behaviour = JSON.parse(process.argv[2] ?? "");
const settings = process.argv[4] ? JSON.parse(process.argv[4]) : undefined;
const name = behaviour.name ?? (settings ? `${settings.layout}/${settings.heap}` : "acinus");
const factor = behaviour.slow?.[name] ?? 1;
const answer = (/** @type {object} */ message) => process.stdout.write(`${JSON.stringify(message)}\n`);
let next = 0;

process.stdout.write("a library says hello\n");
answer({ type: "ready", versions: { fake: "1" }, parameters: 3, threads: Number(process.env.OMP_NUM_THREADS) });
for await (const line of createInterface({ input: process.stdin })) {
  const { command, count } = JSON.parse(line);
  if (command === "quit") break;
  appendFileSync(behaviour.log, `${name} ${command}${count === undefined ? "" : ` ${count}`}\n`);
  if (command === "check") {
    answer({ type: "check", values: { losses: [behaviour.loss ?? 0.5, 0.25], "gradient norm": [behaviour.norm ?? 1] } });
  }
  if (command === "report") {
    answer({
      type: "report",
      peakMemory: settings ? 4e9 : 1e9,
      eventLoopLag: settings ? null : { p50: 0.001, p99: 0.004, max: 0.009 },
    });
  }
  if (command !== "run" || behaviour.silent) continue;
  if (behaviour.dies === true || behaviour.dies === name) {
    process.stderr.write("RuntimeError: no memory left\n");
    process.exit(3);
  }
  const taken = Array.from(
    { length: behaviour.short ? count - 1 : count },
    () => behaviour.seconds[next++ % behaviour.seconds.length],
  );
  answer({ type: "run", seconds: taken.map((seconds) => (seconds ?? 0) * factor), values: { loss: taken.map(() => 0.5) } });
}
