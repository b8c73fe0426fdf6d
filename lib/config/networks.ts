/**
 * The networks there are: what options, help texts and checks need of them before the native addon, and LibTorch with it, is loaded. The
 * registry in native/core/model/registry.cpp is where they are defined; a test holds this table against it.
 */

/** Channels that a block of the decoder has at least: squeeze-and-excitation divides them by 16. */
export const minimumDecoderChannels = { scse: 16, none: 1 } as const;

export type DecoderAttention = keyof typeof minimumDecoderChannels;

/** A decoder over any of the encoders. */
interface OverEncoderFacts {
  readonly title: string;
  /** By default, deepest first. */
  readonly decoderChannels: readonly number[];
  readonly decoderAttention: DecoderAttention;
}

/** A network whose encoder is a part of it; the numbers are defaults of its options. */
interface OwnEncoderFacts {
  readonly title: string;
  /** Of the deepest feature map: images are padded to multiples of it. */
  readonly stride: number;
  readonly width: number;
  readonly dropout: number;
  /** Empty: it has no such convolutions. */
  readonly atrousRates: readonly number[];
}

/** smp's `UnetPlusPlus` and `Unet`, and the networks of the paper's other systems. */
export const architectures = {
  unetplusplus: { title: "UNet++", decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "scse" },
  unet: { title: "U-Net", decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "none" },
  "unet-ronneberger": { title: "Ronneberger's U-Net", stride: 16, width: 64, dropout: 0, atrousRates: [] },
  "attention-unet": { title: "Attention U-Net", stride: 16, width: 64, dropout: 0, atrousRates: [] },
  "multiscale-attention-unet": {
    ...{ title: "Multi-Scale Attention U-Net", stride: 16, width: 64, dropout: 0, atrousRates: [6, 12, 18] },
  },
} as const satisfies Record<string, OverEncoderFacts | OwnEncoderFacts>;

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

/** What an architecture with an encoder of its own decides; undefined for one over an encoder of the registry. */
export function ownEncoder(architecture: ArchitectureName): OwnEncoderFacts | undefined {
  const facts: OverEncoderFacts | OwnEncoderFacts = architectures[architecture];
  return "width" in facts ? facts : undefined;
}

/** What an architecture over an encoder decides; undefined for one with an encoder of its own. */
export function overEncoder(architecture: ArchitectureName): OverEncoderFacts | undefined {
  const facts: OverEncoderFacts | OwnEncoderFacts = architectures[architecture];
  return "decoderChannels" in facts ? facts : undefined;
}

/** Images are padded to multiples of this many pixels. */
export function strideOf({ architecture, encoder }: { architecture: ArchitectureName; encoder?: EncoderName }): number {
  return ownEncoder(architecture)?.stride ?? encoders[encoder as EncoderName].stride;
}
