import { native } from "../addon/load.js";
import type { TrainConfig } from "../config/train.js";

/**
 * Sets the process to algorithms whose results do not vary, or back. Randomness needs no switch: every draw follows from the seed and what it
 * is for.
 */
export function setDeterministic({ deterministic, device }: TrainConfig): void {
  // cuBLAS reads it when it is first used.
  if (deterministic && device !== "cpu") process.env.CUBLAS_WORKSPACE_CONFIG ??= ":4096:8";
  native().setDeterministic(deterministic);
}

/** What the same seed, settings and data still do not promise, a sentence each. */
export function limits({ deterministic, device, precision }: TrainConfig): string[] {
  const threads = native().threads();
  if (device === "cpu") {
    return [
      `The same numbers, bit for bit, need ${threads === 1 ? "1 thread" : `${threads} threads`}, this kind of processor and this LibTorch.`,
    ];
  }
  return [
    "The same numbers, bit for bit, need this kind of GPU, this driver and this LibTorch.",
    deterministic
      ? "An operation that exists only in a version whose result varies ends the run and is named."
      : "Without deterministic, sums on a GPU may vary in their last bits from run to run.",
    ...(precision === "fp32" ? [] : [`In ${precision} the CPU gives other numbers than a GPU.`]),
  ];
}
