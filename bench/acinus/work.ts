/** A job of our side: a check that runs once, and the work that is timed. */
import type { Values } from "../protocol.js";

export interface Worker {
  /** Trainable values of the network; 0 without one. */
  readonly parameters: number;
  /** Fixed input, nothing random; see `Checked` in protocol.ts. */
  check(): Promise<Values>;
  /** What is timed. Returns what it found, by name. */
  run(): Promise<Readonly<Record<string, number>>>;
}

/** Steps, or images, of the check. */
export const checkedSteps = 3;
/** One of this many pixels is compared: enough to see any difference, few enough for a line of JSON. */
export const stride = 61;

export function sampled(pixels: Float32Array): number[] {
  return Array.from({ length: Math.ceil(pixels.length / stride) }, (_, i) => pixels[i * stride] as number);
}
