/** What networks there are, and what one computes. */

/** The registry of native/core/model/registry.h, as far as lib/config/networks.ts mirrors it. */
export interface NativeNetworks {
  architectures: Record<
    string,
    | { title: string; decoderChannels: number[]; decoderAttention: "scse" | "none" }
    | { title: string; stride: number; width: number; dropout: number; atrousRates: number[] }
  >;
  encoders: Record<string, { levels: number; stride: number }>;
  minimumDecoderChannels: { scse: number; none: number };
}

/** What names and shapes tell of a network. */
export interface NativeRecognised {
  architecture: string;
  inputMode: "projection" | "drop" | "inflate";
  /** Of an architecture over an encoder. */
  encoder?: string;
  decoderChannels?: number[];
  decoderAttention?: "scse" | "none";
  /** Of one with an encoder of its own. */
  width?: number;
  /** In input mode "projection" alone. */
  projectionWidth?: number;
}

export interface NativePlanConvolution {
  /** Of the weight `PATH.weight`: [outputs, inputs a group, kernel, kernel]. */
  shape: readonly [number, number, number, number];
  stride: number;
  groups: number;
  dilation: number;
  /** Zeros around the image: top, left, bottom, right. */
  pads: readonly [number, number, number, number];
  /** Whether there is a `PATH.bias`. */
  bias: boolean;
  /** The batch normalisation behind it. */
  norm: { path: string; epsilon: number } | null;
}

interface PlanLayer<Kind extends string> {
  kind: Kind;
  /** Of the weights, or where in the network the layer stands; may be empty. */
  path: string;
  /** Positions of the layers whose outputs it takes. */
  inputs: readonly number[];
  /** Of its output [B, channels, H, W]. */
  channels: number;
}

/** One step of a network in eval mode (core/model/plan.h). */
export type NativePlanLayer =
  | PlanLayer<"input">
  /** H and W become multiples, at the bottom and right: reflect-101, or the edge where there is too little to reflect. */
  | (PlanLayer<"pad"> & { multiple: number })
  | (PlanLayer<"convolution"> & { convolution: NativePlanConvolution })
  /** Transposed, of 2×2 windows at stride 2, with `PATH.weight` [inputs, outputs, 2, 2] and `PATH.bias`. */
  | PlanLayer<"up_convolution">
  | PlanLayer<"relu" | "relu6" | "silu" | "sigmoid">
  /** Over all pixels: [B, C, 1, 1]. */
  | PlanLayer<"mean">
  | PlanLayer<"multiply" | "add" | "concatenate">
  /** The largest of each 2×2 pixels. */
  | PlanLayer<"max_pool">
  /** Its first input, one pixel, as often as its second has pixels. */
  | PlanLayer<"expand">
  /** Nearest ×2. */
  | PlanLayer<"upsample">
  /** The top left of its first input, as high and wide as its second. */
  | PlanLayer<"crop">;

export interface NativePlan {
  /** In order; the last one's output is the logits. */
  layers: NativePlanLayer[];
  /** Beginnings of names: such entries belong to the network, but no logit depends on them. */
  unused: string[];
  /** What makes the network's input of RGB in 0…255. */
  pixels: {
    /** Of each channel in [0, 1]. */
    mean: [number, number, number];
    deviation: [number, number, number];
    luma: [number, number, number];
    /** An edge map whose range is below this share of the strongest possible response counts as constant. */
    flatEdges: number;
    /** What the bank of the edge channel answers at most to an image in [0, 1]. */
    largestResponse: number;
  };
}
