/** Tensors compared through what a fixture keeps of them; its other half is `summary` in test/fixtures/make/gradients.py. */
import type { TypedTensor } from "../../lib/addon/contract.js";
import { uniform } from "./formula.js";

/** How many dot products and values a fixture holds of each tensor, beside its norm and largest magnitude. */
export interface Detail {
  probes: number;
  sample: number;
}

/** A tensor by name, and how far it is from its reference. */
export interface Deviation {
  name: string;
  error: number;
}

/**
 * Of each tensor in turn: the relative error of its norm, the difference's norm as the random dot products estimate it (relative to
 * the norm), and the largest error of a sampled value (relative to the largest magnitude); the worst of the three. A bias's gradient is a
 * sum of terms that cancel, to 0 where the next BatchNorm takes the bias out again: it is measured by the norm of its layer's weight, which
 * stands before it, where that is larger.
 */
export function deviations(
  tensors: Iterable<readonly [string, TypedTensor]>,
  reference: Float32Array,
  detail: Detail,
): Deviation[] {
  const out: Deviation[] = [];
  let [at, before] = [0, 0];
  const next = (count: number) => {
    at += count;
    return reference.subarray(at - count, at);
  };
  for (const [name, { data }] of tensors) {
    const [norm = 0, largest = 0] = next(2);
    const dots = next(detail.probes);
    const sample = next(detail.sample && Math.min(detail.sample, data.length));
    // The vectors' entries are uniform in [-1, 1): a dot product with the difference has a third of its squared norm for variance.
    const squares = dots.map((dot, i) => (dotProduct(data, uniform(`${name} probe ${i}`, data.length)) - dot) ** 2);
    const difference = Math.sqrt((3 * sum(squares)) / squares.length);
    const stride = Math.max(1, Math.floor(data.length / detail.sample));
    const worst = sample.reduce((most, value, i) => Math.max(most, Math.abs((data[i * stride] as number) - value)), 0);
    const bias = name.endsWith(".bias");
    const scale = bias ? Math.max(norm, before) : norm;
    const length = Math.sqrt(dotProduct(data, data));
    const errors = [Math.abs(length - norm) / scale, difference / scale, worst / (bias ? Math.max(largest, before) : largest)];
    // Behind a ReLU that is shut for the whole batch nothing is learnt, exactly.
    out.push({ name, error: norm === 0 && length === 0 ? 0 : Math.max(...errors) });
    before = norm;
  }
  if (at !== reference.length) throw new Error(`the fixture holds ${reference.length} numbers, the tensors ask for ${at}`);
  return out;
}

/** NaN is worse than any number. */
export function worstOf(deviations: Deviation[]): Deviation {
  return deviations.reduce((worst, one) => (Number.isNaN(worst.error) || one.error <= worst.error ? worst : one));
}

function sum(values: Float32Array): number {
  return values.reduce((a, b) => a + b, 0);
}

/** In double precision. */
function dotProduct(a: Float32Array, b: Float32Array): number {
  let out = 0;
  for (let i = 0; i < a.length; i++) out += (a[i] as number) * (b[i] as number);
  return out;
}
