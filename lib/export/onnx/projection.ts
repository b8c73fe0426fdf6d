import type { Feature, Layers } from "./layers.js";

const epsilon = 1e-5;

/** Conv 3×3 (4→width, no bias) → BatchNorm → ReLU → Conv 1×1 (width→3): paper eq. 2. */
export function projection(layers: Layers, x: Feature, width: number): Feature {
  const widen = { out: width, kernel: 3, padding: [1, 1] as const };
  const hidden = layers.convolutionNorm(x, "projection.conv1", widen, { path: "projection.norm", epsilon });
  return layers.convolution(layers.relu(hidden), "projection.conv2", { out: 3, bias: true });
}
