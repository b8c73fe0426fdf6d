/** The decoder of UNet++ as native/core/model/unet_plus_plus.cpp has it, with smp's names. */
import type { Feature, Layers } from "./layers.js";
import { scse } from "./scse.js";

const outermost = 4; // layer of the block without a skip
const epsilon = 1e-5;

/** The attention in front of a skip that x_0_4 does not have: an entry of smp's model without a use. */
export function unusedInDecoder(name: string): boolean {
  return name.startsWith(`decoder.blocks.x_0_${outermost}.attention1.`);
}

/**
 * The grid of blocks x_{depth}_{layer}: x_d_l takes x_d_{l−1} (or feature d) and, as its skip, x_{d+1}_l … x_l_l and feature l + 1.
 * @param features of the encoder, deepest first.
 * @param channels of the blocks x_0_0 … x_0_4.
 */
export function unetPlusPlus(layers: Layers, features: readonly Feature[], channels: readonly number[]): Feature {
  const feature = (index: number) => features[index] as Feature;
  const grid = new Map<string, Feature>();
  const at = (depth: number, layer: number) => grid.get(`${depth}_${layer}`) as Feature;
  for (let distance = 0; distance < outermost; distance++) {
    for (let depth = 0; depth + distance < outermost; depth++) {
      const layer = depth + distance;
      const path = `decoder.blocks.x_${depth}_${layer}`;
      const skips = Array.from({ length: distance }, (_, i) => at(depth + 1 + i, layer));
      const input = distance === 0 ? feature(depth) : at(depth, layer - 1);
      const out = depth === 0 ? (channels[layer] as number) : feature(layer + 1).channels;
      grid.set(`${depth}_${layer}`, decoderBlock(layers, path, input, [...skips, feature(layer + 1)], out));
    }
  }
  const path = `decoder.blocks.x_0_${outermost}`;
  return decoderBlock(layers, path, at(0, outermost - 1), [], channels[outermost] as number);
}

/** Nearest ×2 → cat [x, skips] → attention1 → conv1 → conv2 → attention2; attention1 only where there is a skip. */
function decoderBlock(layers: Layers, path: string, input: Feature, skips: readonly Feature[], out: number): Feature {
  let x = layers.upsample(input, path);
  if (skips.length > 0) x = scse(layers, `${path}.attention1.attention`, layers.concatenate([x, ...skips], path));
  for (const name of ["conv1", "conv2"]) {
    const convolution = { out, kernel: 3, padding: [1, 1] as const };
    const norm = { path: `${path}.${name}.1`, epsilon };
    x = layers.relu(layers.convolutionNorm(x, `${path}.${name}.0`, convolution, norm));
  }
  return scse(layers, `${path}.attention2.attention`, x);
}
