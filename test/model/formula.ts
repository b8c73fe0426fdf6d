/** The formula that fills weights and inputs on both sides; its other half is test/fixtures/make/model.py. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { StateEntry, TypedTensor } from "../../lib/addon/contract.js";
import type { Model } from "../../lib/index.js";

export interface Logits {
  shape: number[];
  step: number;
  max: number;
  logits: string;
}
export interface Reference {
  entries: number;
  parameters: number;
  sha256: string;
  eval: Logits[];
  inflate: Logits;
}

const file = new URL("../fixtures/model/unet-plus-plus.json", import.meta.url);
const { models } = JSON.parse(readFileSync(file, "utf8")) as { models: Record<string, Reference> };

export function reference(encoder: string): Reference {
  const found = models[encoder];
  if (!found) throw new Error(`no reference for ${encoder}`);
  return found;
}

/** offset + scale · u, u in [-1, 1): FNV-1a of the name, then murmur3's finalizer of hash + i · golden ratio; u is exact in float32. */
export function uniform(name: string, count: number, offset = 0, scale = 1): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = (Math.imul(i, 0x9e3779b9) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    out[i] = offset + scale * ((h >>> 8) / 2 ** 23 - 1);
  }
  return out;
}

/** The value of a state entry: a function of its name, index and shape that keeps activations near 1. */
export function values({ name, shape }: Pick<StateEntry, "name" | "shape">): TypedTensor {
  if (name.endsWith("num_batches_tracked")) return { data: new Float32Array([7]), shape };
  const [offset, scale] = affine(name, shape);
  return { data: uniform(name, product(shape), offset, scale), shape };
}

function affine(name: string, shape: readonly number[]): [number, number] {
  if (shape.length === 4) return [0, Math.sqrt(6 / product(shape.slice(1))) * (name.includes("_project_conv") ? 0.5 : 1)];
  if (name.endsWith("running_var")) return [1, 0.3];
  if (name.endsWith("weight")) return [1, 0.2];
  return [0, 0.1];
}

/** Fills the entries that are wanted: by default every one that smp's model has as well, while a projection keeps its start. */
export async function fill(model: Model, wanted = (name: string) => !name.startsWith("projection.")): Promise<Model> {
  const entries = model.entries.filter(({ name }) => wanted(name));
  await model.loadStateDict(entries.map((entry) => [entry.name, values(entry)]));
  return model;
}

/** Drives a part of EfficientNet-Lite's ReLU6 beyond 6; see `loud` in test/fixtures/make/networks.py. */
export async function loud(model: Model): Promise<Model> {
  const changed = [...(await model.stateDict())].filter(([name]) => /^encoder\.(.*\.)?_bn[01]\.bias$/.test(name));
  for (const [, { data }] of changed) for (let i = 0; i < data.length; i += 3) data[i] = (data[i] as number) + 5.5;
  await model.loadStateDict(changed, { strict: false });
  return model;
}

/**
 * Changes filled weights so that what is in front of a ReLU answers far above zero, every fourth channel below: rounding can then hardly
 * turn a ReLU, which changes a gradient by more than any sum's rounding; see `steady` in test/fixtures/make/gradients.py.
 */
export async function steady(model: Model, pattern = beforeRelu(model)): Promise<Model> {
  const changed = [...(await model.stateDict())].filter(([name]) => pattern.test(name));
  for (const [name, { data }] of changed) {
    for (const [i, value] of data.entries()) data[i] = name.endsWith("weight") ? value / 4 : value > -0.05 ? 0.75 : -0.75;
  }
  await model.loadStateDict(changed, { strict: false });
  return model;
}

function beforeRelu({ config }: Model): RegExp {
  if (!config.encoder) return /((conv[12]|convs\.\d|project|[gx])\.1|squeeze|convs\.\d\.1)\.(weight|bias)$/;
  return config.encoder.includes("-lite")
    ? /(conv[12]\.1|cSE\.1|^projection\.norm|_bn0|_blocks\.\d+\._bn1)\.(weight|bias)$/
    : /(conv[12]\.1|cSE\.1|^projection\.norm)\.(weight|bias)$/;
}

export function image(shape: readonly number[]): Float32Array {
  return uniform("input", product(shape), 0, 2);
}

export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function unpacked(base64: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);
}

/** SHA-256 of "name [shape]" lines. */
export function inventoryHash(entries: readonly StateEntry[]): string {
  const lines = entries.map(({ name, shape }) => `${name} [${shape.join(",")}]\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

/** Every step-th row and column of [B, 1, H, W]. */
export function subsample({ data, shape }: TypedTensor, step: number): Float32Array {
  const [height = 0, width = 0] = shape.slice(-2);
  return data.filter((_, i) => (Math.floor(i / width) % height) % step === 0 && (i % width) % step === 0);
}

/** The largest difference between two arrays, relative to the largest magnitude in the second. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((actual[i] as number) - (expected[i] as number)) || 0);
    if (Number.isNaN(actual[i])) return Number.NaN;
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return difference / largest;
}
