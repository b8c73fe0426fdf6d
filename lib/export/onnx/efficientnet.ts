/** EfficientNet b0–b7 as native/core/model/efficientnet.cpp has it, with smp's names. */
import type { ModelConfig } from "../../config/model.js";
import type { Feature, Layers } from "./layers.js";

interface Variant {
  width: number;
  depth: number;
  /** Nominal; only the padding depends on it. */
  imageSize: number;
  /** The blocks whose outputs are features 2 … 5 (smp's `out_indexes`). */
  featureBlocks: readonly [number, number, number, number];
}

const variants: Record<ModelConfig["encoder"], Variant> = {
  "efficientnet-b0": { width: 1.0, depth: 1.0, imageSize: 224, featureBlocks: [2, 4, 8, 15] },
  "efficientnet-b1": { width: 1.0, depth: 1.1, imageSize: 240, featureBlocks: [4, 7, 15, 22] },
  "efficientnet-b2": { width: 1.1, depth: 1.2, imageSize: 260, featureBlocks: [4, 7, 15, 22] },
  "efficientnet-b3": { width: 1.2, depth: 1.4, imageSize: 300, featureBlocks: [4, 7, 17, 25] },
  "efficientnet-b4": { width: 1.4, depth: 1.8, imageSize: 380, featureBlocks: [5, 9, 21, 31] },
  "efficientnet-b5": { width: 1.6, depth: 2.2, imageSize: 456, featureBlocks: [7, 12, 26, 38] },
  "efficientnet-b6": { width: 1.8, depth: 2.6, imageSize: 528, featureBlocks: [8, 14, 30, 44] },
  "efficientnet-b7": { width: 2.0, depth: 3.1, imageSize: 600, featureBlocks: [10, 17, 37, 54] },
};

const stages = [
  { repeats: 1, kernel: 3, stride: 1, expansion: 1, out: 16 },
  { repeats: 2, kernel: 3, stride: 2, expansion: 6, out: 24 },
  { repeats: 2, kernel: 5, stride: 2, expansion: 6, out: 40 },
  { repeats: 3, kernel: 3, stride: 2, expansion: 6, out: 80 },
  { repeats: 3, kernel: 5, stride: 1, expansion: 6, out: 112 },
  { repeats: 4, kernel: 5, stride: 2, expansion: 6, out: 192 },
  { repeats: 1, kernel: 3, stride: 1, expansion: 6, out: 320 },
];
const stemChannels = 32;
const squeezeRatio = 0.25;
const epsilon = 1e-3;

/** The classifier's layers: entries of smp's encoder that no segmentation network uses. */
export function unusedInEncoder(name: string): boolean {
  return name.startsWith("encoder._conv_head.") || name.startsWith("encoder._bn1.");
}

/** [B, C, H, W], H and W multiples of 32 → five features at strides 2, 4, 8, 16, 32. */
export function efficientNet(layers: Layers, name: ModelConfig["encoder"], input: Feature): Feature[] {
  const { width, depth, imageSize, featureBlocks } = variants[name];
  let size = imageSize;
  const stem = { out: roundChannels(stemChannels, width), kernel: 3, stride: 2, padding: samePadding(size, 3, 2) };
  let x = layers.convolutionNorm(input, "encoder._conv_stem", stem, { path: "encoder._bn0", epsilon });
  x = layers.silu(x);
  size = outputSize(size, 2);

  const features = [x];
  let index = 0;
  for (const stage of stages) {
    const out = roundChannels(stage.out, width);
    const repeats = Math.ceil(stage.repeats * depth);
    for (let i = 0; i < repeats; i++, index++) {
      const stride = i === 0 ? stage.stride : 1;
      const padding = samePadding(size, stage.kernel, stride);
      x = mbConv(layers, `encoder._blocks.${index}`, x, { ...stage, stride, out, padding });
      size = outputSize(size, stride);
      if (featureBlocks.includes(index)) features.push(x);
    }
  }
  return features;
}

interface Block {
  out: number;
  kernel: number;
  stride: number;
  expansion: number;
  padding: [number, number];
}

/** Expand 1×1 → depthwise k×k → x·σ(SE(x)) → project 1×1, plus the input where the shape allows. */
function mbConv(layers: Layers, path: string, input: Feature, { out, kernel, stride, expansion, padding }: Block): Feature {
  const expanded = input.channels * expansion;
  const squeezed = Math.max(1, Math.floor(input.channels * squeezeRatio));
  const norm = (name: string) => ({ path: `${path}.${name}`, epsilon });
  let x = input;
  if (expansion !== 1) {
    x = layers.silu(layers.convolutionNorm(x, `${path}._expand_conv`, { out: expanded }, norm("_bn0")));
  }
  const depthwise = { out: expanded, kernel, stride, groups: expanded, padding };
  x = layers.silu(layers.convolutionNorm(x, `${path}._depthwise_conv`, depthwise, norm("_bn1")));
  const reduced = layers.silu(layers.convolution(layers.mean(x), `${path}._se_reduce`, { out: squeezed, bias: true }));
  const gate = layers.sigmoid(layers.convolution(reduced, `${path}._se_expand`, { out: expanded, bias: true }));
  x = layers.convolutionNorm(layers.multiply(x, gate), `${path}._project_conv`, { out }, norm("_bn2"));
  return stride === 1 && input.channels === out ? layers.add(x, input) : x;
}

/** Scaled by the width and rounded to a multiple of 8, never down by more than 10 %. */
function roundChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

/** TensorFlow's "SAME", computed once from the nominal size: pixels before and after. */
function samePadding(size: number, kernel: number, stride: number): [number, number] {
  const total = Math.max((outputSize(size, stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

function outputSize(size: number, stride: number): number {
  return Math.ceil(size / stride);
}
