import { z } from "zod";
import { edgeOptionsSchema } from "./edges.js";

export const encoders = [
  "efficientnet-b0",
  "efficientnet-b1",
  "efficientnet-b2",
  "efficientnet-b3",
  "efficientnet-b4",
  "efficientnet-b5",
  "efficientnet-b6",
  "efficientnet-b7",
] as const;

/** What a checkpoint carries: the network and its preprocessing. The defaults are the paper's (METHOD sections 1 to 3). */
export const modelConfigSchema = z.strictObject({
  architecture: z.enum(["unetplusplus"]).default("unetplusplus"),
  encoder: z.enum(encoders).default("efficientnet-b7"),
  /** How the edge channel enters: a learned 4→3 projection (paper eq. 2), not at all, or a 4-channel stem. */
  inputMode: z.enum(["projection", "drop", "inflate"]).default("projection"),
  /** Deepest first. At least 16 each: SCSE divides the channels by 16. */
  decoderChannels: z.array(z.int().min(16).max(4096)).length(5).default([256, 128, 64, 32, 16]),
  /** Of the last encoder block; falls linearly to 0 at the first. */
  dropConnectRate: z.number().min(0).lt(1).default(0.2),
  /** Hidden channels of the projection; the identity start needs 6. */
  projectionWidth: z.int().min(6).max(1024).default(16),
  projectionInit: z.enum(["identity", "kaiming"]).default("identity"),
  /** Of the initial weights. */
  seed: z.int().min(0).default(0),
  edges: edgeOptionsSchema.prefault({}),
  /** Memory layout of weights and activations; changes speed, not results. */
  channelsLast: z.boolean().default(true),
});

/** Options of `Model.create`: the configuration, and what is not part of a checkpoint. */
export const modelOptionsSchema = modelConfigSchema.extend({
  /** A .safetensors, .pth or .pt file: a whole smp model, a checkpoint of ours, or an encoder alone; or hf:owner/name. */
  weights: z.string().min(1).optional(),
  /** "encoder" takes nothing else from the file: transfer from another task. */
  weightsPart: z.enum(["all", "encoder"]).default("all"),
  /** Refuse weights that fit only in part. */
  strict: z.boolean().default(true),
  /** "cpu", "cuda" or "cuda:N". */
  device: z
    .string()
    .regex(/^(cpu|cuda(:\d+)?)$/, 'must be "cpu", "cuda" or "cuda:N"')
    .default("cpu"),
});

export type ModelConfig = z.output<typeof modelConfigSchema>;
export type ModelOptions = z.input<typeof modelOptionsSchema>;
