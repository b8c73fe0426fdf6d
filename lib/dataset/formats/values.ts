/** Arrays of numbers as image files and array files hold them. */
import type { SampleArray as TypedArray } from "../../addon/contract.js";

export type { TypedArray };

/** Numbers of one image, the channels of a pixel side by side. */
export interface Grid {
  readonly values: TypedArray;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

/** Interleaves planes of equal length. */
export function interleave(planes: readonly TypedArray[]): TypedArray {
  const [first] = planes as [TypedArray];
  if (planes.length === 1) return first;
  const Type = first.constructor as new (length: number) => TypedArray;
  const result = new Type(first.length * planes.length);
  planes.forEach((plane, channel) => {
    for (let i = 0, to = channel; i < plane.length; i++, to += planes.length) result[to] = plane[i] as number;
  });
  return result;
}
