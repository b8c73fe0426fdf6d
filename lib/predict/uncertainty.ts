/** How sure a network with dropout is of an image. */
import type { ImageFileOptions, SeenOptions } from "./image-files.js";

/** Passes of a network that leaves out feature maps. */
export interface PassOptions extends SeenOptions {
  /** Passes, each of which leaves out other feature maps. Default 20. */
  passes?: number;
  /** Of what is left out: pass t of one seed is the same network for every image. Default 0. */
  seed?: number;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** Options of `Predictor.uncertainty`. */
export interface UncertaintyOptions extends PassOptions, ImageFileOptions {
  /** Keep the probabilities of each pass. Default false. */
  keep?: boolean;
  /** After each pass. */
  onProgress?: (done: number, total: number) => void;
}

/** Maps of H·W values, row by row. With H(p) = −p ln p − (1 − p) ln(1 − p), in nats (at most ln 2 = 0.693): */
export interface Uncertainty {
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
  /** The mean over the passes, p̄. */
  readonly probability: Float32Array;
  /** Predictive entropy: H(p̄). */
  readonly entropy: Float32Array;
  /** What the passes disagree about (BALD, mutual information): H(p̄) less the mean of H(p). */
  readonly bald: Float32Array;
  /** Over all pixels. */
  readonly meanEntropy: number;
  /** Mean of `bald` over all pixels, nats. */
  readonly meanBald: number;
  /** With `keep`: the probabilities of all passes, passes·H·W values. */
  readonly passes?: Float32Array;
}
