/** Time to quality: each side trains on the same images, validates after every epoch, and is asked when its Dice first stayed at a level. */

import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { environmentOf } from "./job.js";

/** What a side says after an epoch, a line of JSON on standard output. */
export interface QualityEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly dicePerImage: number;
  readonly diceWithCells: number;
  readonly diceMicro: number;
}

/** A training that came to its end: a line of the file of runs. */
export interface QualityRun {
  readonly side: string;
  readonly seed: number;
  /** What was trained on, how long and with how many threads: runs with another are not of this table. */
  readonly about: string;
  /** Minutes from the command to the end of each epoch's validation, everything included. */
  readonly epochs: readonly (QualityEpoch & { readonly minutes: number })[];
}

/** A command that trains, given a seed. */
export interface QualitySide {
  readonly name: string;
  readonly command: (seed: number) => readonly string[];
}

export interface QualityOptions {
  readonly sides: readonly QualitySide[];
  readonly seeds: readonly number[];
  readonly about: string;
  readonly threads: number;
  /** Keeps finished trainings, which are not repeated. */
  readonly file: string;
  readonly say?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export const qualityLevels = [0.85, 0.9] as const;

/** Trains every side with every seed, the sides in turn, and gives all finished trainings of this kind. */
export async function raceToQuality({ sides, seeds, about, threads, file, ...options }: QualityOptions): Promise<QualityRun[]> {
  const { say = () => undefined, signal } = options;
  if (existsSync(file) && !readFileSync(file, "utf8").endsWith("\n")) appendFileSync(file, "\n");
  const done = runsIn(file).filter((run) => run.about === about);
  for (const [i, seed] of seeds.entries()) {
    // Who begins changes with the seed.
    for (const side of i % 2 === 0 ? sides : sides.toReversed()) {
      if (done.some((run) => run.side === side.name && run.seed === seed)) continue;
      const epochs = await train(side, seed, threads, say, signal);
      const run: QualityRun = { side: side.name, seed, about, epochs };
      appendFileSync(file, `${JSON.stringify(run)}\n`);
      done.push(run);
    }
  }
  return done;
}

/** The whole lines of the file; one that a kill cut off is no training. */
export function runsIn(file: string): QualityRun[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as QualityRun];
      } catch {
        return [];
      }
    });
}

async function train(
  side: QualitySide,
  seed: number,
  threads: number,
  say: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<QualityRun["epochs"]> {
  const [command = "", ...args] = side.command(seed);
  const start = performance.now();
  const env = { ...process.env, ...environmentOf(threads) };
  const child = spawn(command, args, { env, signal, killSignal: "SIGKILL", stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? undefined : `it ended with code ${code}`));
  });
  const epochs: (QualityEpoch & { minutes: number })[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue;
    const { epoch, dicePerImage, diceWithCells, diceMicro } = JSON.parse(line) as QualityEpoch;
    const minutes = (performance.now() - start) / 60_000;
    epochs.push({ epoch, dicePerImage, diceWithCells, diceMicro, minutes });
    say(`${side.name}, seed ${seed}: epoch ${epoch}, ${minutes.toFixed(1)} min, Dice with cells ${diceWithCells.toFixed(3)}\n`);
  }
  const problem = await ended;
  signal?.throwIfAborted();
  if (problem !== undefined || epochs.length === 0) {
    throw new Error(`${side.name} with seed ${seed} did not train: ${problem ?? "it said no epoch"}.\n${said}`);
  }
  return epochs;
}

/** The first epoch from which on the Dice of images with cells stays at the level to the end; undefined where there is none. */
export function firstStay({ epochs }: QualityRun, level: number): QualityRun["epochs"][number] | undefined {
  const below = epochs.findLastIndex(({ diceWithCells }) => !(diceWithCells >= level));
  return epochs[below + 1];
}

/** One row a side, Markdown: mean and range over the seeds, and in how many of these the level was reached. */
export function qualityTable(runs: readonly QualityRun[]): string {
  const levels = qualityLevels.flatMap((level) => [`min to ${level.toFixed(2)}`, `epochs to ${level.toFixed(2)}`]);
  const head = ["Side", "Seeds", ...levels, "diceWithCells", "diceMicro", "dicePerImage", "minutes"];
  const rows = [...new Set(runs.map(({ side }) => side))].map((side) => {
    const own = runs.filter((run) => run.side === side);
    const reached = qualityLevels.flatMap((level) => {
      const found = own.flatMap((run) => firstStay(run, level) ?? []);
      const of = found.length === own.length ? "" : ` (${found.length} of ${own.length})`;
      return [
        spread(
          found.map(({ minutes }) => minutes),
          1,
        ) + of,
        spread(
          found.map(({ epoch }) => epoch),
          1,
        ) + of,
      ];
    });
    const last = own.map(({ epochs }) => epochs.at(-1) as QualityRun["epochs"][number]);
    const scores = (["diceWithCells", "diceMicro", "dicePerImage"] as const).map((name) =>
      spread(
        last.map((epoch) => epoch[name]),
        3,
      ),
    );
    return [
      side,
      String(own.length),
      ...reached,
      ...scores,
      spread(
        last.map(({ minutes }) => minutes),
        1,
      ),
    ];
  });
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function spread(values: readonly number[], digits: number): string {
  if (values.length === 0) return "–";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = low === high ? "" : ` (${low.toFixed(digits)} – ${high.toFixed(digits)})`;
  return `${mean.toFixed(digits)}${range}`;
}
