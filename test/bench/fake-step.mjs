/** Speaks the benchmark's protocol with made-up seconds: `fake-step.mjs NAME LOG SECONDS…`, the seconds in turn. */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [name, log, ...rest] = process.argv.slice(2);
// What follows is what every side is told: --data …
const seconds = rest.slice(0, rest.indexOf("--data")).map(Number);
const answer = (/** @type {object} */ message) => process.stdout.write(`${JSON.stringify(message)}\n`);
let next = 0;

process.stdout.write("a library says hello\n");
answer({ type: "ready", versions: { fake: "1" }, parameters: 3, threads: 2 });
for await (const line of createInterface({ input: process.stdin })) {
  const { command, count } = JSON.parse(line);
  if (command === "quit") break;
  if (command === "report") {
    answer({
      type: "report",
      peakMemory: 1e9,
      eventLoopLag: name === "acinus" ? { p50: 0.001, p99: 0.004, max: 0.009 } : null,
    });
    continue;
  }
  if (name === "dying") {
    process.stderr.write("RuntimeError: no memory left\n");
    process.exit(3);
  }
  appendFileSync(log ?? "", `${name} ${count}\n`);
  const taken = Array.from({ length: count }, () => seconds[next++ % seconds.length]);
  answer({ type: "steps", seconds: name === "short" ? taken.slice(1) : taken, losses: taken.map(() => 0.5) });
}
