/** What the networks are made of: layers with their weights, in eval mode, as ONNX operators. */
import { Float, type Graph, type Value } from "./graph.js";
import type { Weights } from "./weights.js";

/** A tensor [B, channels, …, …]. */
export interface Feature {
  readonly value: Value;
  readonly channels: number;
}

export interface ConvolutionOptions {
  out: number;
  kernel?: number;
  stride?: number;
  groups?: number;
  bias?: boolean;
  /** Pixels before and after, of both axes. */
  padding?: readonly [number, number];
}

export interface NormOptions {
  path: string;
  epsilon: number;
}

export class Layers {
  constructor(
    readonly graph: Graph,
    readonly weights: Weights,
    readonly foldBatchNorm: boolean,
  ) {}

  /** Convolution with the weights `path.weight` and, where asked for, `path.bias`. */
  convolution(x: Feature, path: string, options: ConvolutionOptions): Feature {
    const shape = this.#takeKernel(x, path, options);
    const inputs = [x.value, this.#weight(`${path}.weight`, shape)];
    if (options.bias) {
      this.weights.take(`${path}.bias`, [options.out]);
      inputs.push(this.#weight(`${path}.bias`, [options.out]));
    }
    return this.#convolve(inputs, path, options);
  }

  /** Convolution without bias, and the batch normalisation behind it. */
  convolutionNorm(x: Feature, path: string, options: ConvolutionOptions, norm: NormOptions): Feature {
    const shape = this.#takeKernel(x, path, options);
    const names = ["weight", "bias", "running_mean", "running_var"].map((part) => `${norm.path}.${part}`);
    for (const name of names) this.weights.take(name, [options.out]);
    this.weights.take(`${norm.path}.num_batches_tracked`, []);
    if (this.foldBatchNorm) return this.#convolve([x.value, ...this.#folded(path, shape, names, norm)], path, options);
    const { value } = this.#convolve([x.value, this.#weight(`${path}.weight`, shape)], path, options);
    const inputs = [value, ...names.map((name) => this.#weight(name, [options.out]))];
    const epsilon = new Float(norm.epsilon);
    return { value: this.graph.add("BatchNormalization", inputs, { epsilon }, norm.path), channels: options.out };
  }

  relu(x: Feature): Feature {
    return this.#each("Relu", x);
  }
  sigmoid(x: Feature): Feature {
    return this.#each("Sigmoid", x);
  }
  silu(x: Feature): Feature {
    return this.multiply(x, this.sigmoid(x));
  }
  /** [B, C, 1, 1] */
  mean(x: Feature): Feature {
    return this.#each("GlobalAveragePool", x);
  }
  /** The channels of x: the factor has as many, or one. */
  multiply(x: Feature, factor: Feature): Feature {
    return { value: this.graph.add("Mul", [x.value, factor.value], {}, scope(x)), channels: x.channels };
  }
  add(x: Feature, y: Feature): Feature {
    return { value: this.graph.add("Add", [x.value, y.value], {}, scope(x)), channels: x.channels };
  }
  concatenate(features: readonly Feature[], path: string): Feature {
    const channels = features.reduce((sum, feature) => sum + feature.channels, 0);
    if (features.length === 1) return features[0] as Feature;
    return {
      value: this.graph.add(
        "Concat",
        features.map(({ value }) => value),
        { axis: 1 },
        path,
      ),
      channels,
    };
  }
  /** Nearest ×2. */
  upsample(x: Feature, path: string): Feature {
    const scales = this.graph.constant([1, 1, 2, 2], "float32");
    const how = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
    return { value: this.graph.add("Resize", [x.value, "", scales], how, path), channels: x.channels };
  }

  #each(op: string, x: Feature): Feature {
    return { value: this.graph.add(op, [x.value], {}, scope(x)), channels: x.channels };
  }

  #takeKernel(x: Feature, path: string, { out, kernel = 1, groups = 1 }: ConvolutionOptions): number[] {
    const shape = [out, x.channels / groups, kernel, kernel];
    this.weights.take(`${path}.weight`, shape);
    return shape;
  }

  #weight(name: string, shape: readonly number[]): Value {
    return this.graph.initializer({ name, type: "float32", shape, data: () => this.weights.read(name) });
  }

  #convolve(inputs: readonly Value[], path: string, options: ConvolutionOptions): Feature {
    const { out, kernel = 1, stride = 1, groups = 1, padding: [before, after] = [0, 0] } = options;
    const attributes = {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [before, before, after, after],
      group: groups,
    };
    return { value: this.graph.add("Conv", inputs, attributes, path), channels: out };
  }

  /** γ(Wx − μ)/√(σ² + ε) + β as one convolution with a bias. */
  #folded(path: string, shape: readonly number[], names: readonly string[], { epsilon }: NormOptions): [Value, Value] {
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

/** The path in a value's name, for what is computed from it without weights of its own. */
function scope({ value }: Feature): string {
  return value.slice(0, Math.max(0, value.lastIndexOf("/")));
}
