import type { NativeWeightsFile } from "../addon/contract.js";
import { encoders, type ModelOptions } from "../config/model.js";

/** Blocks and width of the last convolution of each EfficientNet; no two have both in common. */
const encoderShapes: Record<(typeof encoders)[number], readonly [blocks: number, head: number]> = {
  "efficientnet-b0": [16, 1280],
  "efficientnet-b1": [23, 1280],
  "efficientnet-b2": [23, 1408],
  "efficientnet-b3": [26, 1536],
  "efficientnet-b4": [32, 1792],
  "efficientnet-b5": [39, 2048],
  "efficientnet-b6": [45, 2304],
  "efficientnet-b7": [55, 2560],
};

/**
 * The network that a state dict without a configuration belongs to, from its names and shapes; undefined for an encoder alone and for
 * every network that is not smp's `UnetPlusPlus` with SCSE over an EfficientNet and one class.
 */
export function recognise({ entries }: NativeWeightsFile): ModelOptions | undefined {
  const shapes = new Map(entries.map(({ name, shape }) => [bare(name), shape]));
  const size = (name: string, axis: number) => shapes.get(name)?.[axis];
  const blocks =
    1 + Math.max(-1, ...[...shapes.keys()].map((name) => Number(/^encoder\._blocks\.(\d+)\./.exec(name)?.[1] ?? -1)));
  const head = size("encoder._conv_head.weight", 0);
  const encoder = encoders.find((name) => encoderShapes[name][0] === blocks && encoderShapes[name][1] === head);
  const decoderChannels = [0, 1, 2, 3, 4].flatMap((layer) => size(`decoder.blocks.x_0_${layer}.conv1.0.weight`, 0) ?? []);
  const attention = shapes.has("decoder.blocks.x_0_0.attention2.attention.cSE.1.weight");
  if (!encoder || decoderChannels.length < 5 || !attention || size("segmentation_head.0.weight", 0) !== 1) return undefined;
  const projectionWidth = size("projection.conv1.weight", 0);
  if (projectionWidth !== undefined) return { encoder, decoderChannels, inputMode: "projection", projectionWidth };
  return { encoder, decoderChannels, inputMode: size("encoder._conv_stem.weight", 1) === 4 ? "inflate" : "drop" };
}

/** Without what wrappers put in front, as native/core/model/weights.cpp takes it away. */
function bare(name: string): string {
  return name.replace(/^((module|model|_orig_mod|net|network)\.)+/, "").replaceAll("._orig_mod.", ".");
}
