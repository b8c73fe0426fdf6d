/** The edge channel as native/core/image/gabor.cpp has it: the strongest response of a bank of Gabor filters, scaled to [0, 1]. */

import type { NativePlan } from "../../addon/contract.js";
import { lengthOf, padReflected, range, reflected } from "./borders.js";
import type { ElementType, Graph, Value } from "./graph.js";

/** The filters, [count, size, size] row by row. */
export interface Bank {
  readonly data: Float32Array;
  readonly size: number;
  /** Each filter sums to 0, so that brightness adds nothing to its response. */
  readonly answersContrast: boolean;
  /** With a fixed scale: what the largest possible response becomes before it is cut to 1. */
  readonly gain?: number;
}

type Real = Extract<ElementType, "float32" | "float64">;

type Pixels = Pick<NativePlan["pixels"], "luma" | "flatEdges" | "largestResponse">;

/** rgb: float32 [B, 3, H, W] in 0…255 → float32 [B, 1, H, W] in [0, 1]; zeros for a constant image. */
export function edgeMap(graph: Graph, rgb: Value, bank: Bank, pixels: Pixels): Value {
  // An image smaller than a kernel is mirrored under it many times, and its responses nearly cancel. float32 would leave only rounding.
  const shorter = graph.add("Min", [lengthOf(graph, rgb, 2), lengthOf(graph, rgb, 3)]);
  const isSmall = graph.add("Less", [shorter, graph.constant(bank.size, "int64")]);
  const [small, large] = [graph.branch("small_image"), graph.branch("large_image")];
  small.output(
    edgePort,
    small.add("Cast", [scaled(small, smallResponse(small, rgb, bank, pixels), bank, pixels, "float64")], { to: 1 }),
  );
  large.output(
    { ...edgePort, name: "edges_large" },
    scaled(large, response(large, rgb, bank, pixels), bank, pixels, "float32"),
  );
  return graph.add("If", [isSmall], { then_branch: small, else_branch: large }, "edges");
}

const edgePort = { name: "edges_small", type: "float32", shape: ["batch", 1, "height", "width"] } as const;

/** [B, 1, H, W]; without the mean brightness if the filters cancel it anyway, which leaves less rounding. */
function luma(graph: Graph, rgb: Value, { answersContrast }: Bank, pixels: Pixels, type: Real): Value {
  const weights = graph.constant(
    pixels.luma.map((weight) => weight / 255),
    type,
    [1, 3, 1, 1],
  );
  const gray = graph.add("ReduceSum", [graph.add("Mul", [rgb, weights]), graph.constant([1], "int64")]);
  return answersContrast ? graph.add("Sub", [gray, graph.add("ReduceMean", [gray], { axes: [2, 3], keepdims: 1 })]) : gray;
}

/** The bank as one convolution: float32 [B, 1, H, W], at least 0. */
function response(graph: Graph, rgb: Value, bank: Bank, pixels: Pixels): Value {
  const { data, size } = bank;
  const kernels = graph.constant([...data], "float32", [data.length / size ** 2, 1, size, size]);
  const padded = padReflected(graph, luma(graph, rgb, bank, pixels, "float32"), Math.floor(size / 2));
  const responses = graph.add("Conv", [padded, kernels], { kernel_shape: [size, size] }, "edges");
  return graph.add("Relu", [graph.add("ReduceMax", [responses], { axes: [1], keepdims: 1 })]);
}

/**
 * The same in float64. onnxruntime has no float64 convolution, so the pixels under each row of the kernels [B, H, W, size] are multiplied by
 * that row of all kernels [size, count].
 */
function smallResponse(graph: Graph, rgb: Value, bank: Bank, pixels: Pixels): Value {
  const { data, size } = bank;
  const radius = Math.floor(size / 2);
  const zero = graph.constant(0, "int64");
  const squeezed = graph.constant([1], "int64");
  const gray = graph.add("Squeeze", [luma(graph, graph.add("Cast", [rgb], { to: 11 }), bank, pixels, "float64"), squeezed]); // [B, H, W]
  const [height, width] = [lengthOf(graph, rgb, 2), lengthOf(graph, rgb, 3)];
  const offsets = graph.constant(
    Array.from({ length: size }, (_, i) => i - radius),
    "int64",
  );
  const columns = graph.add("Unsqueeze", [range(graph, zero, width), squeezed]);
  const under = reflected(graph, graph.add("Add", [columns, offsets]), width); // [W, size]
  const patches = graph.add("Gather", [gray, under], { axis: 2 });
  const rows = range(graph, zero, height);
  let sum: Value | undefined;
  for (let row = 0; row < size; row++) {
    const positions = graph.add("Add", [rows, graph.constant(row - radius, "int64")]);
    const shifted = graph.add("Gather", [patches, reflected(graph, positions, height)], { axis: 1 });
    const part = graph.add("MatMul", [shifted, kernelRow(graph, data, size, row)]);
    sum = sum === undefined ? part : graph.add("Add", [sum, part]);
  }
  const strongest = graph.add("ReduceMax", [sum as Value], { axes: [3], keepdims: 0 });
  return graph.add("Unsqueeze", [graph.add("Relu", [strongest]), squeezed]);
}

/** One row of every kernel, [size, count]. */
function kernelRow(graph: Graph, data: Float32Array, size: number, row: number): Value {
  const count = data.length / size ** 2;
  const values = Array.from({ length: size * count }, (_, i) => {
    const [column, kernel] = [Math.floor(i / count), i % count];
    return data[(kernel * size + row) * size + column] as number;
  });
  return graph.constant(values, "float64", [size, count]);
}

/** Min-max of each image to [0, 1], all 0 where an image has no structure; or by a fixed factor, at most 1. */
function scaled(graph: Graph, x: Value, bank: Bank, { flatEdges, largestResponse }: Pixels, type: Real): Value {
  if (bank.gain !== undefined) {
    const factor = largestResponse > 0 ? bank.gain / largestResponse : 0;
    return graph.add("Min", [graph.add("Mul", [x, graph.constant(factor, type)]), graph.constant(1, type)]);
  }
  const whole = { axes: [2, 3], keepdims: 1 };
  const low = graph.add("ReduceMin", [x], whole);
  const extent = graph.add("Sub", [graph.add("ReduceMax", [x], whole), low]);
  const structured = graph.add("Greater", [extent, graph.constant(flatEdges * strongestPossible(bank), type)]);
  const divisor = graph.add("Where", [structured, extent, graph.constant(Number.POSITIVE_INFINITY, type)]);
  return graph.add("Div", [graph.add("Sub", [x, low]), divisor]);
}

/** To an image in [0, 1]: the largest sum of magnitudes of a kernel. */
function strongestPossible({ data, size }: Bank): number {
  let strongest = 0;
  for (let at = 0; at < data.length; at += size ** 2) {
    const sum = data.subarray(at, at + size ** 2).reduce((total, value) => total + Math.abs(value), 0);
    strongest = Math.max(strongest, sum);
  }
  return strongest;
}
