/** What a job of our side is: something to check once, and something to do again and again. */
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
/** Every so manieth pixel of a picture is compared: enough to see any difference, few enough for a line of JSON. */
export const stride = 61;

export function sampled(pixels: Float32Array): number[] {
  return Array.from({ length: Math.ceil(pixels.length / stride) }, (_, i) => pixels[i * stride] as number);
}
