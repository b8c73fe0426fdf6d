/**
 * Borders of images whose size is known only when the network runs. ONNX's Pad may reflect only once and not further than an image is long,
 * so positions are worked out as numbers and gathered: exact for every size, down to one pixel.
 */
import type { Graph, Value } from "./graph.js";

/** Length of an axis of [B, C, H, W]: a scalar int64. */
export function lengthOf(graph: Graph, x: Value, axis: number): Value {
  return graph.add("Gather", [graph.add("Shape", [x]), graph.constant(axis, "int64")]);
}

/** start, start + 1, … end − 1: scalars to int64 [end − start]. */
export function range(graph: Graph, start: Value, end: Value): Value {
  return graph.add("Range", [start, end, graph.constant(1, "int64")]);
}

/** The pixels that positions, inside or outside of an axis, stand for under reflect-101 (dcb|abcd|cba), at any distance. */
export function reflected(graph: Graph, positions: Value, size: Value): Value {
  const one = graph.constant(1, "int64");
  const last = graph.add("Sub", [size, one]);
  // A single pixel has the period 0 and reflects to itself, as it does with 1.
  const period = graph.add("Max", [graph.add("Add", [last, last]), one]);
  const phase = graph.add("Mod", [positions, period]); // of the divisor's sign
  return graph.add("Min", [phase, graph.add("Sub", [period, phase])]);
}

/** x grown by `border` pixels on all four sides, reflect-101. */
export function padReflected(graph: Graph, x: Value, border: number): Value {
  return [2, 3].reduce((grown, axis) => {
    const size = lengthOf(graph, x, axis);
    const end = graph.add("Add", [size, graph.constant(border, "int64")]);
    const positions = range(graph, graph.constant(-border, "int64"), end);
    return graph.add("Gather", [grown, reflected(graph, positions, size)], { axis });
  }, x);
}

/** x grown at the bottom and right to multiples of `multiple`: reflect-101, or the edge repeated along an axis that is too short for it. */
export function padToMultiple(graph: Graph, x: Value, multiple: number): Value {
  return [2, 3].reduce((grown, axis) => {
    const size = lengthOf(graph, x, axis);
    const missing = graph.add("Mod", [graph.add("Neg", [size]), graph.constant(multiple, "int64")]);
    const positions = range(graph, graph.constant(0, "int64"), graph.add("Add", [size, missing]));
    const last = graph.add("Sub", [size, graph.constant(1, "int64")]);
    const edge = graph.add("Min", [positions, last]);
    const reflects = graph.add("Less", [missing, size]);
    const pixels = graph.add("Where", [reflects, reflected(graph, positions, size), edge]);
    return graph.add("Gather", [grown, pixels], { axis });
  }, x);
}

/** The top left of x, as high and wide as `like`. */
export function cropTo(graph: Graph, x: Value, like: Value): Value {
  const axes = graph.constant([2, 3], "int64");
  const sizes = graph.add("Gather", [graph.add("Shape", [like]), axes]);
  return graph.add("Slice", [x, graph.constant([0, 0], "int64"), sizes, axes]);
}

/** One pixel, as often as `like` has pixels. */
export function expandTo(graph: Graph, pixel: Value, like: Value): Value {
  const sizes = graph.add("Gather", [graph.add("Shape", [like]), graph.constant([2, 3], "int64")]);
  return graph.add("Expand", [pixel, graph.add("Concat", [graph.constant([1, 1], "int64"), sizes], { axis: 0 })]);
}
