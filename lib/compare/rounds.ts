/** What a comparison keeps of rounds of active learning. */
import type { ActiveRound } from "../active/record.js";
import type { Learning } from "./learning.js";
import { meanOf } from "./statistics.js";

export interface RoundRecord {
  /** From 1. */
  readonly round: number;
  /** Labelled images. */
  readonly pool: number;
  /** Images with pseudo-labels. */
  readonly pseudo: number;
  /** Of the best epoch on the validation images, as of the learning curves; null where none was accepted. */
  readonly dice: number | null;
  /** Of the images outside of the pool, in nats, after the round's training; null where nothing was looked at. */
  readonly meanEntropy: number | null;
  /** What the passes disagree about, mean over the images, nats. */
  readonly meanBald: number | null;
  /** Of the pixels of high uncertainty the share that is background; null as well where there are none. */
  readonly backgroundShare: number | null;
  /** Of all these pixels the share that is background. */
  readonly background: number | null;
  /** Of the look, which the budget does not count. */
  readonly lookSeconds: number;
}

export function roundOf({ round, pool, pseudo, uncertainty }: ActiveRound, { bestEpoch, epochs }: Learning): RoundRecord {
  const { meanEntropy = null, meanBald = null, backgroundShare = null, background = null, seconds = 0 } = uncertainty ?? {};
  const dice = epochs.find(({ epoch }) => epoch === bestEpoch)?.dice ?? null;
  return {
    ...{ round, pool, pseudo: pseudo?.images ?? 0, dice, meanEntropy, meanBald, backgroundShare, background },
    lookSeconds: seconds,
  };
}

/** Round by round the mean over repetitions; empty where there are no rounds. */
export function meanRounds(repetitions: readonly (readonly RoundRecord[])[]): RoundRecord[] {
  const [first = []] = repetitions;
  return first.map(({ round }, i) => {
    const all = repetitions.flatMap((rounds) => rounds[i] ?? []);
    const mean = (key: Exclude<keyof RoundRecord, "round">): number | null => {
      const known = all.map((one) => one[key]).filter((value) => value !== null);
      return known.length > 0 ? meanOf(known) : null;
    };
    return {
      ...{ round, pool: mean("pool") ?? 0, pseudo: mean("pseudo") ?? 0, dice: mean("dice"), meanEntropy: mean("meanEntropy") },
      ...{ meanBald: mean("meanBald"), backgroundShare: mean("backgroundShare"), background: mean("background") },
      lookSeconds: mean("lookSeconds") ?? 0,
    };
  });
}
