/** Wrong values, and what a call has to answer to each of them. */
import { expect } from "vitest";
import { AcinusError } from "../../lib/index.js";

type Accepts = (value: unknown) => boolean;

/** One argument of a call. */
export interface Argument {
  readonly name: string;
  readonly good: unknown;
  /** Which of the wrong values are right here. */
  readonly accepts: Accepts;
  /** What an object that lacks something is told of instead of the argument. */
  readonly otherwise?: string;
  /** Of options: each key and what it takes. */
  readonly keys?: Readonly<Record<string, Accepts>>;
}

const none: Accepts = () => false;
export const optional =
  (accepts: Accepts): Accepts =>
  (value) =>
    value === undefined || accepts(value);
export const isText: Accepts = (value) => typeof value === "string";
export const isPath: Accepts = (value) => typeof value === "string" && value !== "" && !value.includes("\0");
export const isFlag: Accepts = (value) => typeof value === "boolean";
export const isFunction: Accepts = (value) => typeof value === "function";
export const whole =
  (least = 0): Accepts =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least;
export const between =
  (low: number, high: number): Accepts =>
  (value) =>
    typeof value === "number" && value >= low && value <= high;
export const oneOf =
  (...values: unknown[]): Accepts =>
  (value) =>
    values.includes(value);

/** The plain objects among the wrong values are empty. */
export const isPlain: Accepts = (value) =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Lists of numbers as they stand in the table of wrong values. */
export function isNumbers(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  const kinds = [Uint8Array, Int32Array, Float32Array, Float64Array];
  return kinds.some(
    (Kind) => value instanceof Kind && value.buffer instanceof ArrayBuffer && (value.length > 0 || Kind === Uint8Array),
  );
}

/** An argument that takes nothing of what is wrong elsewhere. */
export const only = (name: string, good: unknown): Argument => ({ name, good, accepts: none });
export const takes = (name: string, good: unknown, accepts: Accepts): Argument => ({ name, good, accepts });
/** An object of options, which may be left out. */
export const options = (keys: Readonly<Record<string, Accepts>>, good: unknown = {}, name = "options"): Argument => ({
  name,
  good,
  accepts: optional(isPlain),
  keys,
});
export const signal = { signal: optional(none) };

function detached(): Float32Array {
  const array = new Float32Array(3);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** Everything that somebody once gave where something else was wanted. */
export const wrongValues: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  "-1": () => -1,
  "0.5": () => 0.5,
  "2^53": () => 2 ** 53,
  "an empty string": () => "",
  "a string": () => "nonsense",
  "a string with NUL": () => "a\0b",
  "a bigint": () => 3n,
  "a symbol": () => Symbol("s"),
  "a function": () => () => 0,
  "an empty list": () => [],
  "a list": () => ["a", {}],
  "an object": () => ({}),
  "a promise": () => Promise.resolve({}),
  "a date": () => new Date(0),
  "an ArrayBuffer": () => new ArrayBuffer(12),
  "an empty Uint8Array": () => new Uint8Array(0),
  "a Uint8Array": () => new Uint8Array(3),
  "an Int8Array": () => new Int8Array(3),
  "an Int32Array": () => new Int32Array(3),
  "a Float32Array": () => new Float32Array(3),
  "a Float64Array": () => new Float64Array(3),
  "a BigInt64Array": () => new BigInt64Array(3),
  "a detached Float32Array": detached,
  "a shared Float32Array": () => new Float32Array(new SharedArrayBuffer(12)),
  "a shared Uint8Array": () => new Uint8Array(new SharedArrayBuffer(12)),
};

/** A call of the public interface. */
export interface Call {
  readonly name: string;
  readonly call: (...given: never[]) => unknown;
  readonly args: readonly Argument[];
}

/** What is wrong with the answers to wrong arguments, a line each. */
export async function faults({ call, args }: Call): Promise<string[]> {
  const out: string[] = [];
  const good = args.map((argument) => argument.good);
  const attempt = async (what: string, name: string, given: unknown[]) => {
    const problem = await answer(() => (call as (...all: unknown[]) => unknown)(...given), name);
    if (problem) out.push(`${what}: ${problem}`);
  };
  for (const [at, { name, accepts, keys, otherwise = name }] of args.entries()) {
    for (const [kind, make] of Object.entries(wrongValues)) {
      const value = make();
      if (!accepts(value)) await attempt(`${name} = ${kind}`, isPlain(value) ? otherwise : name, good.with(at, value));
    }
    if (!keys) continue;
    const base = good[at] as object;
    await attempt(`${name}.nonsense`, "nonsense", good.with(at, { ...base, nonsense: 1 }));
    for (const [key, takes] of Object.entries(keys)) {
      for (const [kind, make] of Object.entries(wrongValues)) {
        const value = make();
        if (!takes(value)) await attempt(`${name}.${key} = ${kind}`, key, good.with(at, { ...base, [key]: value }));
      }
    }
  }
  return out;
}

/** Undefined when a call is refused by an AcinusError that names the argument. */
async function answer(call: () => unknown, name: string): Promise<string | undefined> {
  try {
    const result = await call();
    (result as { close?: () => void } | undefined)?.close?.();
    return "was accepted in silence";
  } catch (error) {
    if (!(error instanceof AcinusError)) return `gave ${(error as Error)?.name}: ${(error as Error)?.message}`;
    if (!/^ACINUS_[A-Z_]+$/.test(error.code)) return `has the code ${error.code}`;
    const words = error.message.toLowerCase();
    if (!words.includes(name.toLowerCase())) return `does not name it: ${error.message}`;
    return undefined;
  }
}

/** The right arguments are no fault: otherwise what follows would prove nothing. */
export async function works({ call, args }: Call): Promise<void> {
  const result = await (call as (...all: unknown[]) => unknown)(...args.map(({ good }) => good));
  (result as { close?: () => void } | undefined)?.close?.();
  expect(true).toBe(true);
}
