/** Checks of the arrays that acinus/functional is given. Each throws ACINUS_INVALID_ARGUMENT and names the numbers. */

import { AcinusError } from "../errors.js";
import { checkArray, isPlain, shown, wrongArgument } from "./arguments.js";

/** Shape of an array: batch, channels, height, width or the last few of them. */
export type Shape = readonly number[];

type Numbers = Uint8Array | Float32Array | Float64Array;

/** @throws AcinusError unless both are whole numbers from 1. */
export function checkSize(height: number, width: number): void {
  checkWhole(height, "height", 1);
  checkWhole(width, "width", 1);
}

/** @throws AcinusError unless `value` is a whole number of at least `least`. */
export function checkWhole(value: number, what: string, least = 0): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw invalid(`${what} is ${shown(value)}; it must be a whole number of at least ${least}.`, value);
}

/** @throws AcinusError unless `value` is a number from `low` to `high`; NaN is none. */
export function checkNumber(
  value: number,
  what: string,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): void {
  if (typeof value === "number" && value >= low && value <= high) return;
  const range =
    high === Number.POSITIVE_INFINITY
      ? low === Number.NEGATIVE_INFINITY
        ? ""
        : ` of at least ${low}`
      : ` from ${low} to ${high}`;
  throw invalid(`${what} is ${shown(value)}; it must be a number${range}.`, value);
}

/** @throws AcinusError unless `array` holds exactly what the shape asks for. */
export function checkShape(array: Numbers, shape: Shape, what: string, axes = 1): void {
  checkShapeItself(shape, what);
  if (shape.length < axes)
    throw invalid(`the shape of ${what} is [${shape.join(", ")}]; it needs ${axes} axes or more.`, shape);
  for (const size of shape) checkWhole(size, `a size in the shape [${shape.join(", ")}] of ${what}`, 1);
  const expected = shape.reduce((product, size) => product * size, 1);
  if (array.length === expected) return;
  throw invalid(`${what} holds ${array.length} values; ${shape.join(" × ")} asks for ${expected}.`, array.length);
}

/** @throws AcinusError unless it is a list of numbers. */
export function checkShapeItself(shape: Shape, what: string): void {
  if (!Array.isArray(shape)) throw wrongArgument(shape, `the shape of ${what}`, "a list of sizes");
  for (const size of shape) {
    if (typeof size !== "number") throw wrongArgument(size, `each size in the shape of ${what}`, "a whole number");
  }
}

/** @throws AcinusError unless it is a plain object, in which values have names. */
export function checkNamed(value: unknown, what: string): void {
  if (!isPlain(value)) throw wrongArgument(value, what, "an object of named values");
}

/** Interleaved 8-bit RGB. */
export function checkRgb(rgb: Uint8Array, height: number, width: number, what = "rgb"): void {
  checkSize(height, width);
  checkArray(rgb, what, "Uint8Array");
  checkShape(rgb, [height, width, 3], what);
}

/** A mask of the values {0, 1} or {0, 255}. */
export function checkMask(mask: Uint8Array, height: number, width: number, what = "mask"): void {
  checkSize(height, width);
  checkArray(mask, what, "Uint8Array");
  checkShape(mask, [height, width], what);
  // Four bytes at once, and without a branch, since a mask's pixels are hard to predict.
  const aligned = mask.byteOffset % 4 === 0;
  const words = aligned ? new Uint32Array(mask.buffer, mask.byteOffset, mask.length >> 2) : new Uint32Array();
  let [notOne, notFull] = [0, 0];
  for (let at = 0; at < words.length; at++) {
    const ones = (words[at] as number) & 0x01010101;
    notOne |= (words[at] as number) ^ ones;
    notFull |= (words[at] as number) ^ Math.imul(ones, 255);
  }
  for (let at = 4 * words.length; at < mask.length; at++) {
    const one = (mask[at] as number) & 1;
    notOne |= (mask[at] as number) ^ one;
    notFull |= (mask[at] as number) ^ (255 * one);
  }
  if (notOne === 0 || notFull === 0) return;
  throw wrongMask(mask, what);
}

function wrongMask(mask: Uint8Array, what: string): AcinusError {
  const known = mask.findIndex((value) => value === 1 || value === 255);
  const cell = mask[known] ?? 1;
  const at = mask.findIndex((value) => value !== 0 && value !== cell);
  const value = mask[at] as number;
  return value !== 1 && value !== 255
    ? invalid(`${what}[${at}] is ${value}; masks are {0, 1} or {0, 255}.`, value)
    : invalid(`${what} holds both ${cell} and ${value}; masks are {0, 1} or {0, 255}.`, value);
}

/** @throws AcinusError at the first value outside [low, high]; NaN is outside. */
export function checkRange(array: Numbers, low: number, high: number, what: string): void {
  for (let at = 0; at < array.length; at++) {
    const value = array[at] as number;
    if (!(value >= low && value <= high)) throw invalid(`${what}[${at}] is ${value}; it must be ${low} to ${high}.`, value);
  }
}

/** @throws AcinusError at the first value that is NaN or infinite. */
export function checkFinite(array: Numbers, what: string): void {
  for (let at = 0; at < array.length; at++) {
    const value = array[at] as number;
    if (!Number.isFinite(value)) throw invalid(`${what}[${at}] is ${value}; it must be a finite number.`, value);
  }
}

export function invalid(message: string, value: unknown): AcinusError {
  return new AcinusError("ACINUS_INVALID_ARGUMENT", message.charAt(0).toUpperCase() + message.slice(1), { value });
}
