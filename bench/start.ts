/** From the command to the first training step: `acinus train` and the Python script, each started anew every time. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFiles } from "../lib/run/files.js";
import { readLog } from "../lib/run/read-log.js";
import { compare } from "./agreement.js";
import { environmentOf } from "./job.js";
import type { Conditions, RowResult, SideResult, Surroundings } from "./results.js";
import type { Row } from "./rows.js";
import { noisySpread, speedup, spread, summarize } from "./statistics.js";

interface Started {
  readonly seconds: number;
  readonly loss: number;
}

/** One image, nothing random: the first loss of both sides must be the same. */
export async function raceStart(row: Row, conditions: Conditions, surroundings: Surroundings): Promise<RowResult> {
  const { programs, inputs, signal, say = () => {} } = surroundings;
  const { threads, rounds } = conditions;
  const weights = inputs.weights(row.job.encoder, programs.weights);
  const folder = mkdtempSync(join(tmpdir(), "acinus-start-"));
  try {
    const [train, val] = await oneImageEach(folder, await inputs.data(row.size));
    const run = join(folder, "run");
    const shared = ["--encoder", row.job.encoder, "--weights", weights, "--threads", String(threads)];
    const once = ["--epochs", "1", "--batch", "1", "--accumulation", "1"];
    const still = ["--set", "augment.enabled=false", "--set", "model.dropConnectRate=0"];
    const ours = [train, "--validation", val, "-o", run, "--overwrite", "--device", "cpu", ...still];
    const theirs = [train, val, "--still", "--verbose"];
    const timed = (command: readonly string[], loss: (said: string) => number | undefined) =>
      timeToLoss(command, { ...process.env, ...environmentOf(threads) }, loss, signal);
    const starts = {
      acinus: () => {
        rmSync(run, { recursive: true, force: true });
        return timed([...programs.acinus, ...ours, ...shared, ...once], () => lossInLog(join(run, runFiles.metrics)));
      },
      python: () =>
        timed([...programs.python, ...theirs, ...shared, ...once], (said) => {
          const found = /^step 1: (\S+)$/m.exec(said);
          return found ? Number(found[1]) : undefined;
        }),
    };
    const found: { acinus: Started[]; python: Started[] } = { acinus: [], python: [] };
    // The first start of each side reads its libraries into the file cache and does not count.
    for (let round = -1; round < rounds; round++) {
      say(round < 0 ? "warming up" : `round ${round + 1} of ${rounds}`);
      const order = ["acinus", "python"] as const;
      for (const side of round % 2 === 0 ? order : order.toReversed()) {
        const started = await starts[side]();
        if (round >= 0) found[side].push(started);
      }
    }
    const [acinus, python] = [sideOf(found.acinus, threads), sideOf(found.python, threads)];
    const agreements = compare(losses(found.acinus), losses(found.python), row.tolerances);
    const pairs = found.acinus.map(({ seconds }, i) => ({ ours: [seconds], theirs: [(found.python[i] as Started).seconds] }));
    return {
      ...{ name: row.name, title: row.title, size: row.size, batch: 1, precision: "fp32", conditions, acinus },
      python: { defaults: { ...python, settings: "defaults", speedup: speedup(pairs), memory: null, agreements } },
      ...{ trials: [], aims: row.aims, noisy: Math.max(acinus.spread, python.spread) > noisySpread },
      agrees: agreements.every((one) => one.agrees),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const losses = (all: readonly Started[]) => ({ "first loss": all.map(({ loss }) => loss) });

function sideOf(all: readonly Started[], threads: number): SideResult {
  const seconds = all.map((one) => one.seconds);
  const unknown = { peakMemory: null, eventLoopLag: null, versions: {}, parameters: 0 };
  return { seconds: summarize(seconds), spread: spread(seconds.map((one) => [one])), threads, ...unknown };
}

async function oneImageEach(folder: string, data: string): Promise<[train: string, val: string]> {
  const parts = ["train", "val"].map((part) => {
    const name = readdirSync(join(data, part, "images")).sort()[0] as string;
    for (const kind of ["images", "masks"]) {
      mkdirSync(join(folder, part, kind), { recursive: true });
      copyFileSync(join(data, part, kind, name), join(folder, part, kind, name));
    }
    return join(folder, part);
  });
  return parts as [string, string];
}

function lossInLog(path: string): number | undefined {
  return readLog(path).find((event) => event.type === "step")?.loss;
}

/** Seconds until `loss` finds the first step's loss. It looks every few milliseconds; then the process is ended. */
function timeToLoss(
  [command = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  loss: (said: string) => number | undefined,
  signal: AbortSignal | undefined,
): Promise<Started> {
  const started = performance.now();
  const child = spawn(command, args, { env, signal, killSignal: "SIGKILL", stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    let found: Started | undefined;
    const look = setInterval(() => {
      const value = loss(said);
      if (value === undefined || found) return;
      found = { seconds: (performance.now() - started) / 1000, loss: value };
      child.kill("SIGKILL");
    }, 4);
    child.once("error", (error) => {
      clearInterval(look);
      reject(error);
    });
    child.once("close", (code) => {
      clearInterval(look);
      if (found) resolve(found);
      else
        reject(
          new Error(`${[command, ...args].join(" ")} ended with code ${code} before its first step.\n${said.slice(-2000)}`),
        );
    });
  });
}
