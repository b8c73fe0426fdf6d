/** Long work, and values that cross the boundary. */

/** Long work on a thread of its own. `stop()` asks it to end at the next step; `done` then settles soon. */
export interface Job<T> {
  readonly done: Promise<T>;
  stop(): void;
}

export type Precision = "fp32" | "bf16" | "fp16";
export type TypedTensor = { readonly data: Float32Array; readonly shape: readonly number[] };
