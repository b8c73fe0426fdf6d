/** One round: a training, a look at the images outside of the pool, and the choice of those that join it. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { Dataset } from "../dataset/dataset.js";
import { Model } from "../model/model.js";
import { type Looked, lookOutside } from "./look.js";
import type { ParsedActive } from "./options.js";
import { countOf, drawImages, initialPool } from "./pool.js";
import type { ActiveRound, ChosenImage } from "./record.js";
import { runOf } from "./state.js";
import { trainRound } from "./train-round.js";

/** The images that join the pool before the next round. */
export function nextImages({ active, train, seed }: ParsedActive, rounds: readonly ActiveRound[]): readonly ChosenImage[] {
  const before = rounds.at(-1);
  if (before) return before.acquired;
  return initialPool(train, countOf(active.initial, train.length), seed).map((index) => imageOf(train, index));
}

function imageOf(train: Dataset, index: number): ChosenImage {
  return { image: train.files[index]?.image as string, index };
}

function outsideOf(train: Dataset, pool: readonly number[]): number[] {
  const inside = new Set(pool);
  return Array.from({ length: train.length }, (_, i) => i).filter((index) => !inside.has(index));
}

/** What the network of the last round makes of the images that were outside of its pool. */
export async function lookAfter(parsed: ParsedActive, rounds: readonly ActiveRound[]): Promise<Looked | undefined> {
  const last = rounds.at(-1);
  if (!last) return undefined;
  const pool = rounds.flatMap(({ joined }) => joined.map(({ index }) => index));
  return look(parsed, last.round, outsideOf(parsed.train, pool), join(parsed.folder, last.weights));
}

async function look(
  { train, active, seed, folder, signal, onEvent }: ParsedActive,
  round: number,
  outside: readonly number[],
  weights: string,
): Promise<Looked | undefined> {
  if (outside.length === 0 || (active.by === "random" && active.pseudoWeight === 0)) return undefined;
  const { device, precision } = (await runOf(folder, round).readConfig()).train;
  using model = await Model.load(weights, { device, signal });
  return await lookOutside(model, train, outside, active, {
    ...{ seed: seed + round, signal, precision: precision === "auto" ? "fp32" : precision },
    onProgress: (done, total) => onEvent({ type: "look", round, done, total }),
  });
}

/** @param before what the round before found of the images outside of its pool, where there are pseudo-labels. */
export async function playRound(
  parsed: ParsedActive,
  rounds: readonly ActiveRound[],
  joined: readonly ChosenImage[],
  pool: readonly number[],
  before: Looked | undefined,
): Promise<{ round: ActiveRound; looked: Looked | undefined }> {
  const { train, active, folder, epochs } = parsed;
  const number = rounds.length + 1;
  const run = runOf(folder, number);
  const labels = new Map([...(before?.pseudo ?? [])].filter(([index]) => !pool.includes(index)));
  const { steps, ...result } = await trainRound(parsed, rounds, pool, labels);
  const weights = existsSync(run.best) ? run.best : run.last;
  const outside = outsideOf(train, pool);
  const looked = await look(parsed, number, outside, weights);
  const wanted = number < active.rounds ? Math.min(countOf(active.acquire, train.length), outside.length) : 0;
  const labelled = [...labels.values()].reduce((sum, { labelled }) => sum + labelled, 0);
  const pixels = [...labels.values()].reduce((sum, { mask }) => sum + mask.length, 0);
  const round: ActiveRound = {
    ...{ round: number, pool: pool.length, joined },
    pseudo: labels.size > 0 ? { images: labels.size, pixels: labelled / pixels } : null,
    ...{ epochs: epochs[number - 1] as number, steps, bestEpoch: result.best?.epoch ?? null },
    ...{ validation: result.best?.validation ?? null, weights: relative(folder, weights), seconds: result.seconds },
    uncertainty: looked?.uncertainty ?? null,
    acquired: chosen(parsed, looked, outside, wanted, number),
  };
  return { round, looked };
}

/** The highest score first; of two that are alike the first of the set. */
function chosen(
  { active, train, seed }: ParsedActive,
  looked: Looked | undefined,
  outside: readonly number[],
  count: number,
  round: number,
): ChosenImage[] {
  if (active.by === "random") return drawImages(outside, count, seed, round).map((index) => imageOf(train, index));
  const key = active.by === "bald" ? "meanBald" : "meanEntropy";
  return (looked?.images ?? []).toSorted((a, b) => b[key] - a[key]).slice(0, count);
}
