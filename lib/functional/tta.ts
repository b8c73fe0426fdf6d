import type { TestTimeTransformName, TypedTensor } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { native } from "../addon/load.js";
import { defaultTestTimeTransforms, testTimeTransformNames } from "../config/inference.js";
import { checkArray } from "../system/arguments.js";
import { checkShape, type Shape } from "../system/arrays.js";

export type { TestTimeTransformName };

/** One element of the dihedral group, on the last two axes of an array. Rotations are counter-clockwise, as numpy.rot90 turns. */
export interface TestTimeTransform {
  /** Of the dihedral group. */
  readonly name: TestTimeTransformName;
  /** @param shape [.., H, W] of `image`; the result carries its own. */
  apply(image: Float32Array, shape: Shape): TypedTensor;
  /** Undoes it. */
  invert(image: Float32Array, shape: Shape): TypedTensor;
}

/** The eight elements of the dihedral group. */
export const dihedralTransforms: readonly TestTimeTransform[] = testTimeTransformNames.map((name, number) => ({
  name,
  apply: (image, shape) => transformed(image, shape, number, false),
  invert: (image, shape) => transformed(image, shape, number, true),
}));

/** Test-time augmentation by default: 7 of them, in the order predictions use them. */
export const testTimeTransforms: readonly TestTimeTransform[] = dihedralTransforms.filter(({ name }) =>
  defaultTestTimeTransforms.includes(name),
);

function transformed(image: Float32Array, shape: Shape, number: number, inverse: boolean): TypedTensor {
  checkArray(image, "image", "Float32Array");
  checkShape(image, shape, "image", 2);
  return call(() => native().functional.testTimeTransform(image, shape, number, inverse));
}
