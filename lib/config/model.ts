import { z } from "zod";
import { edgeOptionsSchema } from "./edges.js";
import { completed } from "./network-options.js";
import { architectureNames, encoderNames } from "./networks.js";

/** The network and its preprocessing. The defaults are the paper's (docs/fidelity.md). */
const networkShape = {
  architecture: z.enum(architectureNames).default("unetplusplus"),
  /** Of the architectures over an encoder; default: "efficientnet-b7". The others have one of their own and take none. */
  encoder: z.enum(encoderNames).optional(),
  /**
   * How the edge channel enters: a learned 4→3 projection (paper eq. 2), not at all, or a 4-channel stem. Default: "projection"; "drop" for
   * the networks with an encoder of their own.
   */
  inputMode: z.enum(["projection", "drop", "inflate"]).optional(),
  /** Deepest first, one for each level of the encoder; at least 16 each with "scse". Default: the architecture's, 256 to 16. */
  decoderChannels: z.array(z.int().max(4096)).optional(),
  /** SCSE in every block of the decoder, or nothing. Default: "scse" for unetplusplus, "none" for unet. */
  decoderAttention: z.enum(["scse", "none"]).optional(),
  /** Of the last encoder block; falls linearly to 0 at the first. Default: 0.2. */
  dropConnectRate: z.number().min(0).lt(1).optional(),
  /** Of the networks with an encoder of their own: channels of the outermost block; those of a deeper level are twice as many. Default: 64. */
  width: z.int().min(1).max(1024).optional(),
  /**
   * Of the same networks: the probability that a feature map is left out, behind the encoder's blocks at strides 8 and 16 and the decoder's at
   * 8 and 4. Default: 0, none.
   */
  dropout: z.number().min(0).lt(1).optional(),
  /** Of multiscale-attention-unet: the dilations of the parallel convolutions in its bottleneck. Default: [6, 12, 18]. */
  atrousRates: z.array(z.int().min(1).max(256)).max(16).optional(),
  /** Hidden channels of the projection; the identity start needs 6. */
  projectionWidth: z.int().min(6).max(1024).default(16),
  projectionInit: z.enum(["identity", "kaiming"]).default("identity"),
  /**
   * How BatchNorm's running statistics follow in training where no file gave them. "adaptive": at a norm's n-th step with max(momentum,
   * 1/(n + 1)), a cumulative average first. "fixed": with smp's momentum from the first step. Statistics of a file follow with smp's.
   */
  normMomentum: z.enum(["adaptive", "fixed"]).default("adaptive"),
  /** Of the initial weights. */
  seed: z.int().min(0).default(0),
  edges: edgeOptionsSchema.prefault({}),
  /** Memory layout of weights and activations; changes speed, not results. */
  channelsLast: z.boolean().default(true),
};

const networkSchema = z.strictObject(networkShape);

/** What a checkpoint carries. */
export const modelConfigSchema = networkSchema.transform(completed);

/** Options of `Model.create`: the configuration, and what is not part of a checkpoint. */
export const modelOptionsSchema = networkSchema
  .extend({
    /**
     * A .safetensors, .pth or .pt file: a whole smp model, a checkpoint of ours, or an encoder alone; or hf:owner/name. "imagenet": the encoder's
     * ImageNet weights, fetched once; "imagenet-or-random": the same, or random ones where they cannot be had; "random" (default).
     */
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
  })
  .transform(completed);

export type ModelConfig = z.output<typeof modelConfigSchema>;
export type ModelOptions = z.input<typeof modelOptionsSchema>;
