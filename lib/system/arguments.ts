/** Checks of what public calls are given. Each throws ACINUS_INVALID_ARGUMENT with the argument's name, what it must be, and what was given. */
import { AcinusError } from "../errors.js";

/** A value in a few words, for messages. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "function") return "a function";
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const kind = kindOf(value);
  if (kind === "Promise") return "a promise (await it)";
  return ArrayBuffer.isView(value) && "length" in value ? `${article(kind)} of ${value.length}` : article(kind);
}

/** @throws AcinusError unless `right`. */
export function check(right: boolean, value: unknown, what: string, wanted: string): asserts right {
  if (!right) throw wrongArgument(value, what, wanted);
}

export function wrongArgument(value: unknown, what: string, wanted: string): AcinusError {
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  return new AcinusError("ACINUS_INVALID_ARGUMENT", `${name} must be ${wanted}, not ${shown(value)}.`, { value });
}

/** Of a file or folder: a string that a system call can take. */
export function checkPath(value: unknown, what: string): void {
  check(
    typeof value === "string" && value !== "" && !value.includes("\0"),
    value,
    what,
    "a path (a string, not empty, without NUL)",
  );
}

export function checkText(value: unknown, what: string): void {
  check(typeof value === "string", value, what, "a string");
}

/** A plain object, as options are. A promise, a list or an array is none. */
export function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && kindOf(value) === "Object";
}

/** Looks at the keys that a call knows: others are refused. `signal` and callbacks are checked by their names. */
export function checkOptions(value: unknown, what: string, known: readonly string[]): void {
  check(isPlain(value), value, what, "an object of options");
  for (const [key, entry] of Object.entries(value as object)) {
    if (!known.includes(key)) {
      const message = `${what} has no option ${JSON.stringify(key)}; known are ${known.join(", ")}.`;
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: entry });
    }
    if (entry === undefined) continue;
    if (key === "signal") check(isSignal(entry), entry, `${what}.signal`, "an AbortSignal");
    if (key === "force") check(typeof entry === "boolean", entry, `${what}.force`, "true or false");
    if (/^on[A-Z]/.test(key)) check(typeof entry === "function", entry, `${what}.${key}`, "a function");
  }
}

export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, throwIfAborted } = value as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function" && typeof throwIfAborted === "function";
}

/** An object of ours, or one that can stand for it: it has these properties. */
export function checkObject(value: unknown, what: string, wanted: string, properties: readonly PropertyKey[]): void {
  const right = typeof value === "object" && value !== null && properties.every((property) => property in value);
  check(right, value, what, wanted);
}

/** A list, or anything else that can be iterated over; no string, and no typed array. */
export function checkIterable(value: unknown, what: string, wanted: string): void {
  const right = typeof value === "object" && value !== null && Symbol.iterator in value && !ArrayBuffer.isView(value);
  check(right, value, what, wanted);
}

type Kind = "Uint8Array" | "Float32Array" | "Float64Array" | "Int32Array";

/**
 * A typed array of one of these kinds, whose memory is its own. Native code checks the same of whatever crosses into it
 * (native/binding/arguments.h); this is for what is looked at before.
 */
export function checkArray(value: unknown, what: string, ...kinds: readonly [Kind, ...Kind[]]): void {
  const names = kinds.map((kind) => article(kind)).join(" or ");
  check(ArrayBuffer.isView(value) && kinds.some((kind) => kindOf(value) === kind), value, what, names);
  const { buffer } = value as Uint8Array;
  const problem =
    kindOf(buffer) !== "ArrayBuffer"
      ? "lies in a SharedArrayBuffer, which another thread may change meanwhile; give a copy, as .slice() makes"
      : isDetached(buffer as ArrayBuffer)
        ? "is detached: its memory was handed to another thread; give an array that still has its memory"
        : undefined;
  if (problem === undefined) return;
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  throw new AcinusError("ACINUS_INVALID_ARGUMENT", `${name} ${problem}.`, { value });
}

/** The numbers of a list or of a typed array. @throws AcinusError at the first that is none. */
export function numbersOf(values: ArrayLike<number>, what: string): number[] {
  if (ArrayBuffer.isView(values)) checkArray(values, what, "Float64Array", "Float32Array", "Int32Array", "Uint8Array");
  else check(Array.isArray(values), values, what, "a list of numbers");
  const numbers = Array.from(values);
  for (const [at, value] of numbers.entries()) check(typeof value === "number", value, `${what}[${at}]`, "a number");
  return numbers;
}

/** Whole numbers from 0 of anything that can be iterated over. */
export function indicesOf(values: Iterable<number>, what: string): number[] {
  if (!ArrayBuffer.isView(values)) checkIterable(values, what, "a list of indices");
  const indices = ArrayBuffer.isView(values) ? numbersOf(values as unknown as ArrayLike<number>, what) : Array.from(values);
  for (const [at, index] of indices.entries()) {
    check(Number.isSafeInteger(index) && index >= 0, index, `${what}[${at}]`, "a whole number of at least 0");
  }
  return indices;
}

function isDetached(buffer: ArrayBuffer): boolean {
  try {
    new Uint8Array(buffer); // Node before 22 has no ArrayBuffer.detached
    return false;
  } catch {
    return true;
  }
}

/** "Object", "Promise", "Float32Array", … */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function article(kind: string): string {
  return `${/^(Uint|Unknown|[BCDFGHJKLMNPQRSTVWXYZ])/.test(kind) ? "a" : "an"} ${kind}`;
}
