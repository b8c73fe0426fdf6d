/** Networks with random weights whose norms do something, and their logits both ways. */
import { expect } from "vitest";
import type { Precision, TypedTensor } from "../../lib/addon/contract.js";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { settle } from "../../lib/addon/job.js";
import { Model, type ModelOptions } from "../../lib/index.js";
import { product } from "./formula.js";

export const logits = (model: Model, data: Float32Array, shape: number[], precision: Precision, prepared: boolean) =>
  settle(() => model[segmenterHandle].forward(data, shape, { precision, prepared }));

export const random = (count: number, scale = 1, offset = 0) =>
  Float32Array.from({ length: count }, () => offset + scale * (2 * Math.random() - 1));

/** Norms whose folding can be seen: running statistics and weights that are not 0 and 1. Convolutions keep their random start. */
export async function withRandomNorms(model: Model): Promise<Model> {
  const norm = /(bn\d|norm|\.conv\d\.1)\.(weight|bias|running_mean|running_var)$/;
  const drawn = model.entries
    .filter(({ name }) => norm.test(name))
    .map(({ name, shape }): [string, TypedTensor] => {
      const around = /weight|var/.test(name) ? 1 : 0;
      return [name, { data: random(product(shape), 0.3, around), shape }];
    });
  expect(drawn.length).toBeGreaterThan(100);
  await model.loadStateDict(drawn, { strict: false });
  return model;
}

export const create = async (options: ModelOptions) =>
  withRandomNorms(await Model.create({ projectionInit: "kaiming", seed: Math.floor(Math.random() * 2 ** 31), ...options }));
