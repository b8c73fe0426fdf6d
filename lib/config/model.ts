/** Checks and completes what a network is asked for; model-options.ts says what each option means. */
import { z } from "zod";
import { edgeOptionsSchema } from "./edges.js";
import { completed } from "./network-options.js";
import { architectureNames, encoderNames } from "./networks.js";

export type * from "./model-options.js";

const networkShape = {
  architecture: z.enum(architectureNames).default("unetplusplus"),
  encoder: z.enum(encoderNames).optional(),
  inputMode: z.enum(["projection", "drop", "inflate"]).optional(),
  decoderChannels: z.array(z.int().max(4096)).optional(),
  decoderAttention: z.enum(["scse", "none"]).optional(),
  dropConnectRate: z.number().min(0).lt(1).optional(),
  width: z.int().min(1).max(1024).optional(),
  dropout: z.number().min(0).lt(1).optional(),
  atrousRates: z.array(z.int().min(1).max(256)).max(16).optional(),
  projectionWidth: z.int().min(6).max(1024).default(16),
  projectionInit: z.enum(["identity", "kaiming"]).default("identity"),
  normMomentum: z.enum(["adaptive", "fixed"]).default("adaptive"),
  seed: z.int().min(0).default(0),
  edges: edgeOptionsSchema.prefault({}),
  channelsLast: z.boolean().default(true),
};

const networkSchema = z.strictObject(networkShape);

/** What a checkpoint carries. */
export const modelConfigSchema = networkSchema.transform(completed);

export const modelOptionsSchema = networkSchema
  .extend({
    weights: z.string().min(1).optional(),
    weightsPart: z.enum(["all", "encoder"]).default("all"),
    strict: z.boolean().default(true),
    device: z
      .string()
      .regex(/^(cpu|cuda(:\d+)?)$/, 'must be "cpu", "cuda" or "cuda:N"')
      .default("cpu"),
  })
  .transform(completed);
