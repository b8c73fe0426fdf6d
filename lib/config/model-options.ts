/** What a network is asked for. The defaults are the paper's. */
import type { EdgeConfig, EdgeSettings } from "./edges.js";
import type { ArchitectureName, DecoderAttention, EncoderName } from "./networks.js";

/** The network and its preprocessing: what a checkpoint carries. */
export interface NetworkOptions {
  /** The network by its name: "unetplusplus" and "unet" are built over `encoder`, the others have an encoder of their own. Default "unetplusplus". */
  architecture?: ArchitectureName;
  /** Of the architectures over an encoder; the others take none. By default "efficientnet-b7". */
  encoder?: EncoderName;
  /**
   * How the edge channel enters: a learned 4→3 projection (paper eq. 2), not at all, or a 4-channel stem. By default "projection"; "drop" for
   * the networks with an encoder of their own.
   */
  inputMode?: "projection" | "drop" | "inflate";
  /**
   * Channels of the decoder's blocks, deepest first, one for each level of the encoder, each at least 1 (16 with "scse"), at most 4096. By default
   * the architecture's, [256, 128, 64, 32, 16].
   */
  decoderChannels?: number[];
  /** SCSE in every block of the decoder, or nothing. By default "scse" for unetplusplus, "none" for unet. */
  decoderAttention?: DecoderAttention;
  /** Probability that the last encoder block's branch is left out, 0 to below 1; it falls linearly to 0 at the first. By default 0.2. */
  dropConnectRate?: number;
  /**
   * Of the networks with an encoder of their own: channels of the outermost block, 1 to 1024; those of a deeper level are twice as many. By
   * default 64.
   */
  width?: number;
  /**
   * Of the same networks: the probability that a feature map is left out, 0 to below 1, behind the encoder's blocks at strides 8 and 16 and the
   * decoder's at 8 and 4. By default 0, none.
   */
  dropout?: number;
  /** Of multiscale-attention-unet: dilations of the parallel convolutions in its bottleneck, px, 16 at most, each 1 to 256. By default [6, 12, 18]. */
  atrousRates?: number[];
  /** Hidden channels of the projection, 6 to 1024; the identity start needs 6. Default 16. */
  projectionWidth?: number;
  /** "identity": the projection begins by passing RGB through, so that pretrained features hold. "kaiming": at random. Default "identity". */
  projectionInit?: "identity" | "kaiming";
  /**
   * How BatchNorm's running statistics follow in training where no file gave them. "adaptive": at a norm's n-th step with max(momentum,
   * 1/(n + 1)), a cumulative average first. "fixed": with smp's momentum from the first step. Statistics of a file follow with smp's. Default "adaptive".
   */
  normMomentum?: "adaptive" | "fixed";
  /** Seed of the initial weights, at least 0. Default 0. */
  seed?: number;
  /** The Gabor bank of the edge channel. By default that of the paper. */
  edges?: EdgeConfig;
  /** Memory layout of weights and activations; changes speed, not results. Default true. */
  channelsLast?: boolean;
}

/** Options of `Model.create`: the network, and what is not part of a checkpoint. */
export interface ModelOptions extends NetworkOptions {
  /**
   * A .safetensors, .pth or .pt file: a whole smp model, a checkpoint of ours, or an encoder alone; or hf:owner/name. "imagenet": the encoder's
   * ImageNet weights, fetched once; "imagenet-or-random": the same, or random ones where they cannot be had. By default "random".
   */
  weights?: string;
  /** "encoder" takes nothing else from the file: transfer from another task. Default "all". */
  weightsPart?: "all" | "encoder";
  /** Refuses weights that fit only in part. Default true. */
  strict?: boolean;
  /** Where the network is: "cpu", "cuda" or "cuda:N". Default "cpu". */
  device?: string;
}

/** The network and its preprocessing with every default filled in; an option that the architecture does not take is missing. */
export interface ModelConfig extends NetworkOptions {
  architecture: ArchitectureName;
  inputMode: "projection" | "drop" | "inflate";
  projectionWidth: number;
  projectionInit: "identity" | "kaiming";
  normMomentum: "adaptive" | "fixed";
  seed: number;
  edges: EdgeSettings;
  channelsLast: boolean;
}
