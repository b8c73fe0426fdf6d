/** A network with its preprocessing. */
import type { z } from "zod";
import type { edgeOptionsSchema } from "../../config/edges.js";
import type { gradientOptionsSchema } from "../../config/gradients.js";
import type { ModelConfig } from "../../config/model.js";
import type { Job, Precision, TypedTensor } from "./basics.js";
import type { LossTerms } from "./events.js";
import type { NativePlan } from "./networks.js";
import type { NativeLoadOptions, NativeLoadReport, NativeSaveOptions, StateEntry } from "./weights.js";

export type EdgeOptions = z.output<typeof edgeOptionsSchema>;
export type NativeSegmenterConfig = ModelConfig;

export interface NativeForwardOptions {
  precision: Precision;
  /** True: with convolutions prepared for inference (core/ops/prepared_conv2d.h), as predictions use. False: as training computes. */
  prepared: boolean;
}

/** Of one forward and backward pass in train mode (core/train/gradients.h). */
export type NativeGradientOptions = z.output<typeof gradientOptionsSchema>;

export interface NativeGradients {
  loss: number;
  terms: LossTerms;
  logits: TypedTensor;
  /** Of the parameters that have a part in the loss, one tensor a name. */
  names: string[];
  tensors: TypedTensor[];
}

/** A network with its preprocessing (core/predict/segmenter.h). Construction is cheap; `build()` makes the network. */
export interface NativeSegmenter {
  build(): Job<void>;
  /** float32 [B, C, H, W], normalised → logits [B, 1, H, W], eval mode. */
  forward(data: Float32Array, shape: readonly number[], options: NativeForwardOptions): Job<TypedTensor>;
  /** As forward; the encoder's features [B, C, H, W], shallowest first. */
  features(data: Float32Array, shape: readonly number[]): Job<TypedTensor[]>;
  /** data as for forward; target [B, 1, H, W] in [0, 1]. */
  gradients(
    data: Float32Array,
    shape: readonly number[],
    target: Uint8Array | Float32Array,
    options: NativeGradientOptions,
  ): Job<NativeGradients>;
  /** What the network computes in eval mode, layer by layer. */
  plan(): NativePlan;
  to(device: string): Job<void>;
  /** These three answer at once, whatever the network is doing. */
  device(): string;
  entries(): StateEntry[];
  parameterCount(): number;
  /** Copies of entries, as float32, all of one moment. */
  read(names: readonly string[]): Job<Float32Array[]>;
  /** The entries of all files together. */
  loadFiles(paths: string[], options: NativeLoadOptions): Job<NativeLoadReport>;
  /** Copies the tensors before it returns. */
  loadState(names: string[], tensors: TypedTensor[], strict: boolean): Job<NativeLoadReport>;
  save(path: string, options: NativeSaveOptions): Job<void>;
  close(): void;
}
