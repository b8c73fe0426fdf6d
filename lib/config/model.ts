import { z } from "zod";
import { edgeOptionsSchema } from "./edges.js";
import { architectureNames, architectures, encoderNames, encoders, minimumDecoderChannels } from "./networks.js";

/** The network and its preprocessing. The defaults are the paper's (METHOD sections 1 to 3). */
const networkShape = {
  architecture: z.enum(architectureNames).default("unetplusplus"),
  encoder: z.enum(encoderNames).default("efficientnet-b7"),
  /** How the edge channel enters: a learned 4→3 projection (paper eq. 2), not at all, or a 4-channel stem. */
  inputMode: z.enum(["projection", "drop", "inflate"]).default("projection"),
  /** Deepest first, one for each level of the encoder; at least 16 each with "scse". Default: the architecture's, 256 to 16. */
  decoderChannels: z.array(z.int().max(4096)).optional(),
  /** SCSE in every block of the decoder, or nothing. Default: "scse" for unetplusplus, "none" for unet. */
  decoderAttention: z.enum(["scse", "none"]).optional(),
  /** Of the last encoder block; falls linearly to 0 at the first. */
  dropConnectRate: z.number().min(0).lt(1).default(0.2),
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

/** Fills in what the architecture decides, and checks what depends on several options at once. */
function completed<Config extends z.output<typeof networkSchema>>(config: Config, context: z.RefinementCtx) {
  const { title, ...defaults } = architectures[config.architecture];
  const { decoderChannels = [...defaults.decoderChannels], decoderAttention = defaults.decoderAttention } = config;
  const { levels } = encoders[config.encoder];
  const refuse = (message: string, path: (string | number)[], input: unknown) =>
    context.addIssue({ code: "custom", message, path, input });
  if (decoderChannels.length !== levels) {
    const message = `${title} over ${config.encoder} needs ${levels} decoder channels, one a level`;
    refuse(message, ["decoderChannels"], decoderChannels);
  }
  const least = minimumDecoderChannels[decoderAttention];
  for (const [i, channels] of decoderChannels.entries()) {
    if (channels >= least) continue;
    refuse(`a decoder with decoderAttention "${decoderAttention}" needs at least ${least}`, ["decoderChannels", i], channels);
  }
  return { ...config, decoderChannels, decoderAttention };
}

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
