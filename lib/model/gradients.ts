import { z } from "zod";
import type { LossTerms, TypedTensor } from "../addon/contract.js";
import { type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { type GradientOptions, gradientOptionsSchema } from "../config/gradients.js";
import { parseConfig } from "../config/parse.js";
import { checkArray, isSignal } from "../system/arguments.js";
import { checkFinite, checkRange, checkShape, checkShapeItself, invalid } from "../system/arrays.js";

export type { GradientOptions };

const callOptionsSchema = gradientOptionsSchema.extend({
  signal: z.custom<AbortSignal>(isSignal, "must be an AbortSignal").optional(),
});

/** The loss of a batch and its gradients. */
export interface Gradients {
  /** The batch's loss. */
  loss: number;
  /** The terms of the loss by their names, before their weights. */
  terms: LossTerms;
  /** [B, 1, H, W], of train mode. */
  logits: TypedTensor;
  /** ∂loss/∂parameter by smp's name; without the parameters that have no part in the loss. Not clipped. */
  gradients: Map<string, TypedTensor>;
}

/** Implements `Model.gradients`. */
export async function trainingGradients(
  model: SegmenterHolder,
  data: Float32Array,
  shape: readonly number[],
  target: Uint8Array | Float32Array,
  given: GradientOptions & { signal?: AbortSignal },
): Promise<Gradients> {
  const { signal, ...options } = parseConfig(callOptionsSchema, given, "gradients");
  checkArray(data, "data", "Float32Array");
  checkArray(target, "target", "Uint8Array", "Float32Array", "Float64Array");
  checkShapeItself(shape, "data");
  if (shape.length !== 4) throw invalid(`the shape of data is [${shape.join(", ")}]; it must be [B, C, H, W].`, shape);
  const [batch = 0, , height = 0, width = 0] = shape;
  checkShape(data, shape, "data");
  checkShape(target, [batch, 1, height, width], "target");
  checkFinite(data, "data");
  checkRange(target, 0, 1, "target");
  const { names, tensors, ...result } = await settle(
    () => model[segmenterHandle].gradients(data, shape, target, options),
    signal,
  );
  return { ...result, gradients: new Map(names.map((name, i) => [name, tensors[i] as TypedTensor])) };
}
