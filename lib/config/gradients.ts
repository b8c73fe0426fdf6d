import { z } from "zod";
import { lossOptionsSchema } from "./loss.js";

/** Of one forward and backward pass in train mode. */
export const gradientOptionsSchema = z.strictObject({
  loss: lossOptionsSchema.prefault({}),
  /** fp16 is meant for a GPU: on a CPU it is correct and slow. */
  precision: z.enum(["fp32", "bf16", "fp16"]).default("fp32"),
  /** low: as in training, see `TrainConfig`. */
  memory: z.enum(["normal", "low"]).default("normal"),
  /** The drop-connect masks are those of this step of a run with this seed. */
  seed: z.int().min(0).default(0),
  step: z.int().min(0).default(0),
  /** Move BatchNorm's running statistics on, as a training step does. */
  updateStatistics: z.boolean().default(false),
});

export type GradientOptions = z.input<typeof gradientOptionsSchema>;
