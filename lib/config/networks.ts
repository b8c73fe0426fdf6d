/**
 * The networks there are: what options, help texts and checks need of them before the native addon, and LibTorch with it, is loaded. The
 * registry in native/core/model/registry.cpp is where they are defined; a test holds this table against it.
 */

/** Channels that a block of the decoder has at least: squeeze-and-excitation divides them by 16. */
export const minimumDecoderChannels = { scse: 16, none: 1 } as const;

export type DecoderAttention = keyof typeof minimumDecoderChannels;

interface ArchitectureFacts {
  readonly title: string;
  /** By default, deepest first. */
  readonly decoderChannels: readonly number[];
  readonly decoderAttention: DecoderAttention;
}

/** smp's `UnetPlusPlus` and `Unet`, over any of the encoders. */
export const architectures = {
  unetplusplus: { title: "UNet++", decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "scse" },
  unet: { title: "U-Net", decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "none" },
} as const satisfies Record<string, ArchitectureFacts>;

export type ArchitectureName = keyof typeof architectures;

interface EncoderFacts {
  /** Feature maps, and so blocks of the decoder's outermost path. */
  readonly levels: number;
  /** Of the deepest feature map: images are padded to multiples of it. */
  readonly stride: number;
}

const fiveLevels = { levels: 5, stride: 32 } as const;

export const encoders = {
  "efficientnet-b0": fiveLevels,
  "efficientnet-b1": fiveLevels,
  "efficientnet-b2": fiveLevels,
  "efficientnet-b3": fiveLevels,
  "efficientnet-b4": fiveLevels,
  "efficientnet-b5": fiveLevels,
  "efficientnet-b6": fiveLevels,
  "efficientnet-b7": fiveLevels,
  "efficientnet-lite0": fiveLevels,
  "efficientnet-lite1": fiveLevels,
  "efficientnet-lite2": fiveLevels,
  "efficientnet-lite3": fiveLevels,
  "efficientnet-lite4": fiveLevels,
} as const satisfies Record<string, EncoderFacts>;

export type EncoderName = keyof typeof encoders;

export const architectureNames = Object.keys(architectures) as ArchitectureName[];
export const encoderNames = Object.keys(encoders) as EncoderName[];
