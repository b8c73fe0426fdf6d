import { z } from "zod";
import { type LossConfig, lossOptionsSchema } from "./loss.js";

/** Of one forward and backward pass in train mode. */
export interface GradientOptions {
  /** The weights of the loss's terms, and their options. By default the paper's stabilized loss. */
  loss?: LossConfig;
  /** "bf16" and "fp16" compute in mixed precision; "fp16" is meant for a GPU: on a CPU it is correct and slow. Default "fp32". */
  precision?: "fp32" | "bf16" | "fp16";
  /** "low": what is inside of a block is computed again in the backward pass instead of being kept. Default "normal". */
  memory?: "normal" | "low";
  /** The drop-connect masks are those of a run with this seed, at least 0. Default 0. */
  seed?: number;
  /** The drop-connect masks are those of this step, at least 0. Default 0. */
  step?: number;
  /** Moves BatchNorm's running statistics on, as a training step does. Default false. */
  updateStatistics?: boolean;
}

export const gradientOptionsSchema = z.strictObject({
  loss: lossOptionsSchema.prefault({}),
  precision: z.enum(["fp32", "bf16", "fp16"]).default("fp32"),
  memory: z.enum(["normal", "low"]).default("normal"),
  seed: z.int().min(0).default(0),
  step: z.int().min(0).default(0),
  updateStatistics: z.boolean().default(false),
});
