/** What is measured: both sides run the same case. */
import type { Precision } from "../lib/addon/contract.js";

export interface Case {
  readonly name: string;
  readonly encoder: string;
  /** Side of the square training images, px. */
  readonly size: number;
  readonly batch: number;
}

export const cases: readonly Case[] = [
  { name: "b0", encoder: "efficientnet-b0", size: 128, batch: 8 },
  { name: "b7", encoder: "efficientnet-b7", size: 256, batch: 1 },
];

export interface Conditions {
  readonly threads: number;
  readonly precision: Precision;
  /** `full`: a whole training step; `network`: without augmentation, edge channel and projection. */
  readonly part: "full" | "network";
  /** Memory layout of the baseline's network; PyTorch's default is contiguous. */
  readonly baselineLayout: "contiguous" | "channels-last";
  readonly warmUp: number;
  /** Rounds, in each of which both sides run `steps` steps; who begins alternates. */
  readonly rounds: number;
  readonly steps: number;
  readonly seed: number;
}
