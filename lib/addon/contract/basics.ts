/** Long work, and values that cross the boundary. */

/** Long work on a thread of its own. `stop()` asks it to end at the next step; `done` then settles soon. */
export interface Job<T> {
  readonly done: Promise<T>;
  stop(): void;
}

export type Precision = "fp32" | "bf16" | "fp16";
/** Numbers with a shape, the last dimension fastest. */
export interface TypedTensor {
  /** As many values as the shape has. */
  readonly data: Float32Array;
  /** Sizes of the dimensions, [B, C, H, W] for images. */
  readonly shape: readonly number[];
}
