/** The layers of a network's plan, with their weights, as ONNX operators. */
import type { NativePlanConvolution, NativePlanLayer } from "../../addon/contract.js";
import { cropTo, expandTo, padToMultiple } from "./borders.js";
import { Float, type Graph, type Value } from "./graph.js";
import type { Weights } from "./weights.js";

type ConvolutionLayer = Extract<NativePlanLayer, { kind: "convolution" }>;

/** Operators that take the values as they come. */
const operators = { relu: "Relu", sigmoid: "Sigmoid", mean: "GlobalAveragePool", multiply: "Mul", add: "Add" } as const;

export class Layers {
  constructor(
    readonly graph: Graph,
    readonly weights: Weights,
    readonly foldBatchNorm: boolean,
  ) {}

  /** The output of one layer of the plan. `inputs` are those that it names; `input` is what the network takes. */
  write(layer: NativePlanLayer, inputs: readonly Value[], input: Value): Value {
    const { graph } = this;
    const [x = "", y = ""] = inputs;
    const path = layer.path || scope(x);
    switch (layer.kind) {
      case "input":
        return input;
      case "pad":
        return padToMultiple(graph, x, layer.multiple);
      case "crop":
        return cropTo(graph, x, y);
      case "expand":
        return expandTo(graph, x, y);
      case "max_pool":
        return graph.add("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }, path);
      case "up_convolution":
        return this.#upConvolution(layer, x);
      case "convolution":
        return this.#convolution(layer, x);
      case "relu6":
        return graph.add("Clip", [x, graph.constant(0, "float32"), graph.constant(6, "float32")], {}, path);
      case "silu":
        return graph.add("Mul", [x, graph.add("Sigmoid", [x], {}, path)], {}, path);
      case "concatenate":
        return graph.add("Concat", inputs, { axis: 1 }, path);
      case "upsample": {
        const how = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
        return graph.add("Resize", [x, "", graph.constant([1, 1, 2, 2], "float32")], how, path);
      }
      default:
        return graph.add(operators[layer.kind], inputs, {}, path);
    }
  }

  /** With the weights `path.weight` and, where there is one, `path.bias`, and the batch normalisation behind it. */
  #convolution({ path, convolution }: ConvolutionLayer, x: Value): Value {
    const { shape, bias, norm } = convolution;
    const outputs = [shape[0]];
    this.weights.take(`${path}.weight`, shape);
    if (!norm) {
      const inputs = [x, this.#weight(`${path}.weight`, shape)];
      if (bias) {
        this.weights.take(`${path}.bias`, outputs);
        inputs.push(this.#weight(`${path}.bias`, outputs));
      }
      return this.#convolve(inputs, path, convolution);
    }
    const names = ["weight", "bias", "running_mean", "running_var"].map((part) => `${norm.path}.${part}`);
    for (const name of names) this.weights.take(name, outputs);
    this.weights.take(`${norm.path}.num_batches_tracked`, []);
    if (this.foldBatchNorm) {
      return this.#convolve([x, ...this.#folded(path, shape, names, norm.epsilon)], path, convolution);
    }
    const value = this.#convolve([x, this.#weight(`${path}.weight`, shape)], path, convolution);
    const inputs = [value, ...names.map((name) => this.#weight(name, outputs))];
    return this.graph.add("BatchNormalization", inputs, { epsilon: new Float(norm.epsilon) }, norm.path);
  }

  /** Transposed, of 2×2 windows at stride 2. */
  #upConvolution({ path, channels }: NativePlanLayer, x: Value): Value {
    const shape = [this.weights.shape(`${path}.weight`)[0] ?? 0, channels, 2, 2];
    this.weights.take(`${path}.weight`, shape);
    this.weights.take(`${path}.bias`, [channels]);
    const inputs = [x, this.#weight(`${path}.weight`, shape), this.#weight(`${path}.bias`, [channels])];
    return this.graph.add("ConvTranspose", inputs, { kernel_shape: [2, 2], strides: [2, 2] }, path);
  }

  #weight(name: string, shape: readonly number[]): Value {
    return this.graph.initializer({ name, type: "float32", shape, data: () => this.weights.read(name) });
  }

  #convolve(inputs: readonly Value[], path: string, { shape, stride, groups, dilation, pads }: NativePlanConvolution): Value {
    const [, , ...kernel] = shape;
    const how = { kernel_shape: kernel, strides: [stride, stride], pads, group: groups };
    return this.graph.add("Conv", inputs, dilation > 1 ? { ...how, dilations: [dilation, dilation] } : how, path);
  }

  /** γ(Wx − μ)/√(σ² + ε) + β as one convolution with a bias. */
  #folded(path: string, shape: readonly number[], names: readonly string[], epsilon: number): [Value, Value] {
    const name = `${path}.weight`;
    const affine = () => {
      const [gamma, beta, mean, variance] = names.map((each) => this.weights.read(each)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt((variance[i] as number) + epsilon));
      return { scale, bias: Float32Array.from(beta, (value, i) => value - (mean[i] as number) * (scale[i] as number)) };
    };
    const scaled = () => {
      const { scale } = affine();
      const weight = this.weights.read(name);
      const perChannel = weight.length / scale.length;
      return weight.map((value, i) => value * (scale[Math.floor(i / perChannel)] as number));
    };
    return [
      this.graph.initializer({ name, type: "float32", shape, data: scaled }),
      this.graph.initializer({
        name: `${path}.bias`,
        type: "float32",
        shape: shape.slice(0, 1),
        data: () => affine().bias,
      }),
    ];
  }
}

/** The path in a value's name. Values that are computed from it without weights get the same path. */
function scope(value: Value): string {
  return value.slice(0, Math.max(0, value.lastIndexOf("/")));
}
