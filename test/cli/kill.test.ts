import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { synthesize } from "../../lib/synth/synthesize.js";
import { numbers } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { acinus, type Outcome, start } from "./run.js";

const patience = 300_000; // nine processes, each killed or run to its end

const data = join(temporary(), "data");
const args = (run: string, ...more: string[]) => [
  ...["train", join(data, "train"), "--validation", join(data, "val"), "-o", run, "--preset", "fast", "--epochs", "3"],
  ...["--batch", "4", "--accumulation", "2", "--threads", "1", "--seed", "3", "--set", "augment.elastic=0.8", ...more],
];

/** The log without the fields that tell the time, and without the folder's name. */
const logOf = (run: string) =>
  readFileSync(join(run, "metrics.jsonl"), "utf8")
    .replaceAll(run, "RUN")
    .replace(/"(time|seconds)":[\d.e+-]+/g, '"$1":0');

/** Starts training, kills it with SIGKILL when `fatal` holds for a name that changed in the run folder, and says whether it came to that. */
async function killed(run: string, resume: boolean, fatal: (name: string) => boolean): Promise<boolean> {
  mkdirSync(run, { recursive: true });
  const { child, outcome } = start(args(run, ...(resume ? ["--resume"] : [])));
  const watcher = watch(run, (_, name) => {
    if (name && fatal(name)) child.kill("SIGKILL");
  });
  const { signal, code, stderr }: Outcome = await outcome;
  watcher.close();
  if (signal !== "SIGKILL" && code !== 0) throw new Error(stderr);
  return signal === "SIGKILL";
}

const lines = (run: string) => (existsSync(join(run, "metrics.jsonl")) ? logOf(run).split("\n").length - 1 : 0);

beforeAll(async () => {
  await synthesize(data, { images: 18, size: 64, seed: 4, validation: 1 / 3, emptyShare: 0.4 });
});

describe("kill -9 and --resume", () => {
  const whole = join(temporary(), "run");

  beforeAll(async () => {
    expect((await acinus(args(whole))).code).toBe(0);
  }, patience);

  it(
    "end in the weights, the state and the log of a run never stopped, wherever it was killed",
    async () => {
      const run = join(temporary(), "run");
      const random = numbers(5);
      /** After so many more lines of the log. */
      const soon = () => {
        const from = lines(run) + 1 + Math.floor(3 * random());
        return (name: string) => name === "metrics.jsonl" && lines(run) >= from;
      };
      /** While the nth file of this kind is being written. */
      const writing = (pattern: RegExp, nth = 1) => {
        const seen = new Set<string>();
        return (name: string) => pattern.test(name) && seen.add(name).size >= nth;
      };
      const weights = /^\.checkpoint-last\.safetensors\.[0-9a-f]{16}\.tmp$/;
      const state = /^\.checkpoint-last\.safetensors\.state\.next\..*\.tmp$/;
      const moments = [
        soon(), // before there is any checkpoint
        writing(weights, 2), // over the first checkpoint
        writing(/^checkpoint-last\.safetensors\.state\.next$/), // between the state and the weights that it belongs to
        writing(state),
        soon(),
      ];
      const kills: boolean[] = [];
      for (const moment of moments) kills.push(await killed(run, kills.length > 0, moment));
      expect(kills.filter(Boolean).length).toBeGreaterThanOrEqual(4);
      expect((await acinus(args(run, "--resume"))).code).toBe(0);

      for (const file of ["checkpoint-last.safetensors", "checkpoint-best.safetensors", "checkpoint-last.safetensors.state"]) {
        expect(readFileSync(join(run, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
      }
      expect(logOf(run)).toBe(logOf(whole));
      expect(readdirSync(run).filter((name) => /\.tmp$|\.next$/.test(name))).toEqual([]);
      const sessions = readFileSync(join(run, "sessions.jsonl"), "utf8").trim().split("\n");
      // One that was killed while it still put the folder in order has left no note.
      expect(sessions.length).toBeGreaterThan(2);
      expect(sessions.length).toBeLessThanOrEqual(kills.length + 1);
    },
    patience,
  );

  it(
    "are said when something that may differ does, and refused when something else does",
    async () => {
      const refused = await acinus(args(whole, "--resume", "--learning-rate", "0.5"));
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("train.schedule.maxLearningRate was 0.001 and is 0.5");
      const longer = await acinus(args(whole, "--resume", "--epochs", "4", "--threads", "2"));
      expect(longer.code).toBe(0);
      expect(longer.stderr).toMatch(/train\.epochs was 3 and is 4 \(the learning rate follows the schedule of the new number/);
      expect(longer.stderr).toContain("threads was 1 and is 2");
      const config = JSON.parse(readFileSync(join(whole, "config.json"), "utf8")) as {
        train: { epochs: number };
        threads: number;
      };
      expect([config.train.epochs, config.threads]).toEqual([4, 2]);
    },
    patience,
  );
});
