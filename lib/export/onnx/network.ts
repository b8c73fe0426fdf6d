/** A whole network, from what goes into the file to what comes out of it. */
import type { ModelConfig } from "../../config/model.js";
import type { OnnxConfig } from "../../config/onnx.js";
import { cropTo, padToMultiple } from "./borders.js";
import { type Bank, edgeMap } from "./edges.js";
import { efficientNet, unusedInEncoder } from "./efficientnet.js";
import { Graph, type Value } from "./graph.js";
import { Layers } from "./layers.js";
import { projection } from "./projection.js";
import { unetPlusPlus, unusedInDecoder } from "./unet-plus-plus.js";
import type { Weights } from "./weights.js";

const stride = 32; // of the deepest feature
// ImageNet
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/**
 * `input` → `logits`, or `pixels` → `probability`; any batch, height and width.
 * @throws CheckpointError ACINUS_WEIGHTS_MISMATCH when the model's entries are not those of the network that its configuration describes.
 */
export function describeNetwork(model: ModelConfig, options: OnnxConfig, weights: Weights, bank: Bank): Graph {
  const graph = new Graph("acinus");
  const channels = model.inputMode === "drop" ? 3 : 4;
  const anySize = ["height", "width"];
  let input: Value;
  if (options.pixels === undefined) {
    input = graph.input({ name: "input", type: "float32", shape: ["batch", channels, ...anySize] });
  } else {
    const pixels = graph.input({ name: "pixels", type: options.pixels, shape: ["batch", 3, ...anySize] });
    const rgb = options.pixels === "float32" ? pixels : graph.add("Cast", [pixels], { to: 1 });
    const color = normalized(graph, rgb);
    input = channels === 3 ? color : graph.add("Concat", [color, edgeMap(graph, rgb, bank)], { axis: 1 });
  }

  const logits = cropTo(graph, network(new Layers(graph, weights, options.foldBatchNorm), input, channels, model), input);
  const shape = ["batch", 1, ...anySize];
  if (options.pixels === undefined) graph.output({ name: "logits", type: "float32", shape }, logits);
  else graph.output({ name: "probability", type: "float32", shape }, graph.add("Sigmoid", [logits]));
  return graph;
}

function network(layers: Layers, input: Value, channels: number, model: ModelConfig): Value {
  let x = { value: padToMultiple(layers.graph, input, stride), channels };
  if (model.inputMode === "projection") x = projection(layers, x, model.projectionWidth);
  const features = efficientNet(layers, model.encoder, x).reverse();
  const decoded = unetPlusPlus(layers, features, model.decoderChannels);
  const head = { out: 1, kernel: 3, bias: true, padding: [1, 1] as const };
  const logits = layers.convolution(decoded, "segmentation_head.0", head);
  layers.weights.skip((name) => unusedInEncoder(name) || unusedInDecoder(name));
  layers.weights.assertAllUsed();
  return logits.value;
}

/** (rgb / 255 − mean) / deviation */
function normalized(graph: Graph, rgb: Value): Value {
  const perChannel = (values: number[]) => graph.constant(values, "float32", [1, 3, 1, 1]);
  const scale = perChannel(deviation.map((value) => 1 / (255 * value)));
  const shift = perChannel(mean.map((value, i) => value / (deviation[i] as number)));
  return graph.add("Sub", [graph.add("Mul", [rgb, scale]), shift]);
}
