/**
 * What a busy neighbour costs a training step: EfficientNet-B0, batch 8 of 128 px, with and without a process beside it that takes one core,
 * and with threads that spin or sleep while they wait for each other.
 *
 *   node dist/bench/neighbour.js [STEPS]     after npm run build, on a quiet machine; 15 steps each by default
 *
 * One process for each way of waiting steps in turn with the other, first without the neighbour and then beside it. The first 3 steps are left out.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Dataset, Model, Sampler, Trainer } from "../lib/index.js";
import { synthesize } from "../lib/synth/synthesize.js";

/** Threads sleep by default. Spinning as often as here is the default of libgomp. */
const ways = { sleeping: {}, spinning: { GOMP_SPINCOUNT: "300000" } };
const self = fileURLToPath(import.meta.url);
const warmUp = 3;

if (process.env.ACINUS_NEIGHBOUR === "step") await stepOnDemand();
else await compare(Number(process.argv[2] ?? 15));

async function compare(steps: number): Promise<void> {
  const sides = Object.entries(ways).map(([name, environment]) => ({ name, ...stepper(environment) }));
  const rows: Record<string, string> = {};
  for (const busy of [false, true]) {
    const neighbour = busy ? spawn(process.execPath, ["-e", "for (;;);"]) : undefined;
    const times = sides.map((): number[] => []);
    for (let step = 0; step < warmUp + steps; step++) {
      for (const [i, { next }] of sides.entries()) {
        const seconds = await next();
        if (step >= warmUp) times[i]?.push(seconds);
      }
    }
    neighbour?.kill();
    for (const [i, { name }] of sides.entries())
      rows[`${name}, ${busy ? "beside a busy process" : "alone"}`] = shown(times[i] ?? []);
  }
  for (const { child } of sides) child.kill();
  console.table(rows);
}

function shown(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  return `${at(0.5)} s (${at(0.25)}–${at(0.75)})`;
}

/** A process that takes one step whenever it is asked, and answers with its seconds. */
function stepper(environment: Record<string, string>): { child: ChildProcess; next: () => Promise<number> } {
  const { OMP_WAIT_POLICY: _policy, GOMP_SPINCOUNT: _spins, ...inherited } = process.env;
  const child = spawn(process.execPath, [self], {
    env: { ...inherited, ...environment, ACINUS_NEIGHBOUR: "step" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined); // it has ended, which the next answer says
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    next: async () => {
      child.stdin.write("step\n");
      const { value, done } = await lines.next();
      if (done) throw new Error("the process that trains has ended");
      return Number(value);
    },
  };
}

async function stepOnDemand(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "acinus-neighbour-"));
  await synthesize(folder, { images: 10, size: 128, seed: 1, validation: 0.2, emptyShare: 0 });
  const train = await Dataset.open(join(folder, "train"));
  const validation = await Dataset.open(join(folder, "val"));
  rmSync(folder, { recursive: true });
  const model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  const trainer = new Trainer(model, {
    train,
    validation,
    memoryCheck: false,
    batch: 8,
    accumulation: 1,
    epochs: 10_000,
    device: "cpu",
  });
  const loop = await trainer.begin();
  const [batch] = loop.batches(Sampler.uniform(train).draw(0));
  if (!batch) throw new Error("the data set is empty");
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    await loop.step(batch);
    process.stdout.write(`${(performance.now() - start) / 1000}\n`);
  }
}
