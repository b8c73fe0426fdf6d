/** Builds an ONNX graph, with the part of the format that our networks need: https://onnx.ai/onnx/repo-docs/IR.html. */

/** A tensor of the graph, by its name. "" stands for an optional input that is left out. */
export type Value = string;
export type ElementType = "float32" | "float64" | "uint8" | "int64";

/** A whole number is an int, a list is ints, and a graph is the body of a control-flow operator. */
export type Attribute = number | string | readonly number[] | Float | Graph;

/** A floating-point attribute. */
export class Float {
  constructor(readonly value: number) {}
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A stored tensor. `data` is called once, when the tensor is written, so that not all weights are in memory at a time. */
export interface Initializer {
  readonly name: Value;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: () => ArrayBufferView;
}

/** An input or output; a text in its shape names a length that is known only when the network runs. */
export interface Port {
  readonly name: Value;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export class Graph {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  #names = new Map<string, number>();
  #root: Graph = this;

  constructor(readonly name: string) {}

  /** An empty body for `If`. It sees every tensor of this graph; what it stores is stored here. */
  branch(name: string): Graph {
    const body = new Graph(name);
    body.#names = this.#names;
    body.#root = this.#root;
    return body;
  }

  /** Adds a node and returns its output, named `path/op`. */
  add(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}, path = ""): Value {
    const output = this.#unique(path === "" ? op : `${path}/${op}`);
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  initializer(initializer: Initializer): Value {
    this.#root.initializers.push(initializer);
    return initializer.name;
  }

  /** A small stored tensor: a number gives a scalar. */
  constant(values: number | readonly number[], type: ElementType, shape?: readonly number[]): Value {
    const list = typeof values === "number" ? [values] : values;
    const dims = shape ?? (typeof values === "number" ? [] : [list.length]);
    const data = () => (type === "int64" ? BigInt64Array.from(list, BigInt) : arrayOf(type, list));
    return this.initializer({ name: this.#unique("constant"), type, shape: dims, data });
  }

  input(port: Port): Value {
    this.inputs.push(port);
    return port.name;
  }

  output(port: Port, value: Value): void {
    this.nodes.push({ op: "Identity", inputs: [value], output: port.name, attributes: {} });
    this.outputs.push(port);
  }

  #unique(name: string): string {
    const count = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  }
}

function arrayOf(type: Exclude<ElementType, "int64">, values: readonly number[]): ArrayBufferView {
  if (type === "uint8") return Uint8Array.from(values);
  return type === "float64" ? Float64Array.from(values) : Float32Array.from(values);
}
