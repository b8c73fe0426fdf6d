/** Grey values of image files: how they are spread, and how they become bytes. */

import type { Job } from "./basics.js";
import type { NativeSampleStore } from "./data.js";

/** Numbers of any type that an image file may hold. */
export type SampleArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface NativeSpread<Counts> {
  /** A row of bins for each channel (native/core/image/intensity.h). */
  counts: Counts;
  /** How many values are NaN or infinite; they are in no bin. */
  notFinite: number;
  /** Of the finite values. */
  minimum: number;
  maximum: number;
  /** Standard deviation of the noise between neighbours, one for each channel. */
  noise: Float64Array;
}

export interface NativeIntensity {
  /** The values of the channels `picks` of an image whose `channels` lie side by side. The array is copied before it returns. */
  measureIntensity(
    values: SampleArray,
    channels: number,
    height: number,
    width: number,
    picks: readonly number[],
  ): Job<NativeSpread<Uint32Array>>;
  /** The bytes of images of a data set, 3 rows of 256 bins; three values of noise an image. */
  measureStore(store: NativeSampleStore, indices: Int32Array): Job<NativeSpread<Float64Array>>;
  /**
   * Interleaved RGB bytes, height · width · 3: one pick gives grey, two give red and green over a blue of 0. `windows` holds four numbers a
   * pick: the grey values that become the levels in third and fourth place. `fill` stands for NaN. With `hot`, single pixels above the
   * window are given the level of their second brightest neighbour.
   */
  mapIntensity(
    values: SampleArray,
    channels: number,
    height: number,
    width: number,
    picks: readonly number[],
    windows: Float64Array,
    fill: number,
    hot: boolean,
  ): Job<Uint8Array>;
}
