import type { Feature, Layers } from "./layers.js";

const reduction = 16;

/** x·c(x) + x·s(x): a gate per channel and a gate per pixel (smp `SCSEModule`). */
export function scse(layers: Layers, path: string, x: Feature): Feature {
  const squeezed = Math.floor(x.channels / reduction);
  const hidden = layers.relu(layers.convolution(layers.mean(x), `${path}.cSE.1`, { out: squeezed, bias: true }));
  const channel = layers.sigmoid(layers.convolution(hidden, `${path}.cSE.3`, { out: x.channels, bias: true }));
  const pixel = layers.sigmoid(layers.convolution(x, `${path}.sSE.0`, { out: 1, bias: true }));
  return layers.add(layers.multiply(x, channel), layers.multiply(x, pixel));
}
