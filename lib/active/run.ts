/** Simulated rounds of MC-dropout active learning: the paper's fourth system (Table II, Att-UNet + AL). */
import { join } from "node:path";
import { RunFolder } from "../run/run-folder.js";
import { requireFolder } from "../system/output-file.js";
import type { Looked } from "./look.js";
import { type ActiveEvent, type ActiveLearningOptions, parseActive } from "./options.js";
import { type ActiveRound, writeRounds } from "./record.js";
import { lookAfter, nextImages, playRound } from "./round.js";
import { begin, runOf } from "./state.js";

export type { ActiveEvent, ActiveLearningOptions };

/** What rounds of active learning give. */
export interface ActiveLearning {
  /** In order. */
  readonly rounds: readonly ActiveRound[];
  /** Run folder of the last round. */
  readonly run: string;
  /** The weights that the last round gives. */
  readonly weights: string;
}

/**
 * Trains on a pool of images, looks at those outside of it with dropout at work and BatchNorm at rest, lets the least sure join the pool, and trains
 * again, for so many rounds. All images have masks: this tells what the choice of images is worth. Where there are none yet, `acquire` chooses.
 * Stopped or killed, the same call goes on with the same result.
 * @throws ConfigError ACINUS_CONFIG, DataError and AcinusError as of `Trainer`; ACINUS_FILE_EXISTS where files of the user's are in the way; `signal.reason`.
 */
export async function runActiveLearning(options: ActiveLearningOptions): Promise<ActiveLearning> {
  const parsed = parseActive(options);
  const { folder, active, onEvent, signal } = parsed;
  await requireFolder(folder);
  const release = await new RunFolder(folder).hold();
  try {
    const rounds = await begin(parsed);
    for (const record of rounds) onEvent({ type: "round", record, reused: true });
    let looked: Looked | undefined;
    while (rounds.length < active.rounds) {
      signal?.throwIfAborted();
      const joined = nextImages(parsed, rounds);
      const pool = [...rounds.flatMap((round) => round.joined), ...joined].map(({ index }) => index).sort((a, b) => a - b);
      // After a stop the labels of the round before are made again, by the same weights.
      if (active.pseudoWeight > 0) looked ??= await lookAfter(parsed, rounds);
      const record = await playRound(parsed, rounds, joined, pool, looked);
      looked = record.looked;
      rounds.push(record.round);
      await writeRounds(folder, rounds);
      onEvent({ type: "round", record: record.round, reused: false });
    }
    const last = rounds.at(-1) as ActiveRound;
    return { rounds, run: runOf(folder, last.round).path, weights: join(folder, last.weights) };
  } finally {
    release();
  }
}
