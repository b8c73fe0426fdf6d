/** A whole network, from what goes into the file to what comes out of it. */
import type { NativePlan } from "../../addon/contract.js";
import type { OnnxConfig } from "../../config/onnx.js";
import { type Bank, edgeMap } from "./edges.js";
import { Graph, type Value } from "./graph.js";
import { Layers } from "./layers.js";
import type { Weights } from "./weights.js";

/**
 * `input` → `logits`, or `pixels` → `probability`; any batch, height and width.
 * @throws CheckpointError ACINUS_WEIGHTS_MISMATCH when the weights are not those of the network that the plan describes.
 */
export function describeNetwork(plan: NativePlan, options: OnnxConfig, weights: Weights, bank: Bank): Graph {
  const graph = new Graph("acinus");
  const channels = plan.layers[0]?.channels ?? 0;
  const anySize = ["height", "width"];
  let input: Value;
  if (options.pixels === undefined) {
    input = graph.input({ name: "input", type: "float32", shape: ["batch", channels, ...anySize] });
  } else {
    const pixels = graph.input({ name: "pixels", type: options.pixels, shape: ["batch", 3, ...anySize] });
    const rgb = options.pixels === "float32" ? pixels : graph.add("Cast", [pixels], { to: 1 });
    const color = normalized(graph, rgb, plan.pixels);
    input = channels === 3 ? color : graph.add("Concat", [color, edgeMap(graph, rgb, bank, plan.pixels)], { axis: 1 });
  }

  const logits = network(new Layers(graph, weights, options.foldBatchNorm), plan, input);
  const shape = ["batch", 1, ...anySize];
  if (options.pixels === undefined) graph.output({ name: "logits", type: "float32", shape }, logits);
  else graph.output({ name: "probability", type: "float32", shape }, graph.add("Sigmoid", [logits]));
  return graph;
}

function network(layers: Layers, plan: NativePlan, input: Value): Value {
  const values: Value[] = [];
  for (const layer of plan.layers) {
    const inputs = layer.inputs.map((position) => values[position] as Value);
    values.push(layers.write(layer, inputs, input));
  }
  layers.weights.skip((name) => plan.unused.some((prefix) => name.startsWith(prefix)));
  layers.weights.assertAllUsed();
  return values.at(-1) as Value;
}

/** (rgb / 255 − mean) / deviation */
function normalized(graph: Graph, rgb: Value, { mean, deviation }: NativePlan["pixels"]): Value {
  const perChannel = (values: number[]) => graph.constant(values, "float32", [1, 3, 1, 1]);
  const scale = perChannel(deviation.map((value) => 1 / (255 * value)));
  const shift = perChannel(mean.map((value, i) => value / (deviation[i] as number)));
  return graph.add("Sub", [graph.add("Mul", [rgb, scale]), shift]);
}
