/** rounds.jsonl: a line for each round that is done. What is undefined is null. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ValidationScores } from "../addon/contract.js";
import type { Acquisition } from "../config/active.js";
import { writeOutput } from "../system/output-file.js";

/** An image by its file and its place in the training set. */
export interface PoolImage {
  /** Its file. */
  readonly image: string;
  /** Its place in the training set, from 0. */
  readonly index: number;
}

/** An image that was chosen. */
export interface ChosenImage extends PoolImage {
  /** Over all pixels, in nats; missing where chance decided. */
  readonly meanEntropy?: number;
  /** What the passes disagree about, mean over all pixels, nats; missing where chance decided. */
  readonly meanBald?: number;
}

/** What the look at the images outside of the pool found, after the round's training. */
export interface RoundUncertainty {
  /** Images that were looked at. */
  readonly images: number;
  /** Predictive entropy, mean over the images, nats. */
  readonly meanEntropy: number;
  /** What the passes disagree about, mean over the images, nats. */
  readonly meanBald: number;
  /** What the next three are about. */
  readonly measure: Exclude<Acquisition, "random">;
  /** `uncertainQuantile`, 0 to below 1. */
  readonly quantile: number;
  /** The quantile's value over all pixels, nats: the upper end of its bin, one of 4096 from 0 to ln 2. */
  readonly threshold: number;
  /** Of the pixels above the threshold, the share that is background; null where there are none. */
  readonly backgroundShare: number | null;
  /** For comparison: the share of all pixels that is background. */
  readonly background: number;
  /** How long it took. */
  readonly seconds: number;
}

/** How much was labelled by the network of the round before. */
export interface PseudoLabels {
  /** Number of images. */
  readonly images: number;
  /** Share of their pixels that has a label, 0 to 1. */
  readonly pixels: number;
}

/** A round that is done. */
export interface ActiveRound {
  /** From 1. */
  readonly round: number;
  /** Images of the pool. */
  readonly pool: number;
  /** Those that joined it before this round; of the first, the initial pool. */
  readonly joined: readonly ChosenImage[];
  /** Images with pseudo-labels, and the share of their pixels that has one; null where there are none. */
  readonly pseudo: PseudoLabels | null;
  /** Epochs of its training. */
  readonly epochs: number;
  /** Batches of its training. */
  readonly steps: number;
  /** From 0; null where no validation was accepted. */
  readonly bestEpoch: number | null;
  /** Of the best epoch, over the validation images. */
  readonly validation: ValidationScores | null;
  /** The weights that the round gives, relative to the folder. */
  readonly weights: string;
  /** Of the training. */
  readonly seconds: number;
  /** Null where nothing was looked at: no image is left outside, or chance decides and there are no pseudo-labels. */
  readonly uncertainty: RoundUncertainty | null;
  /** The images that join the pool next, the first first; none after the last round. */
  readonly acquired: readonly ChosenImage[];
}

export const recordName = "rounds.jsonl";

/** The rounds that are done. */
export async function readRounds(folder: string): Promise<ActiveRound[]> {
  const text = await readFile(join(folder, recordName), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ActiveRound);
}

/** Whole or not at all: a kill leaves the rounds before. */
export async function writeRounds(folder: string, rounds: readonly ActiveRound[]): Promise<void> {
  await writeOutput(join(folder, recordName), rounds.map((round) => `${JSON.stringify(round)}\n`).join(""));
}
