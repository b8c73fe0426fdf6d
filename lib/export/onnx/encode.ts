/** A graph as an .onnx file: protocol buffers with the field numbers of onnx.proto, piece by piece. */
import { PbfWriter } from "pbf";
import { type Attribute, type ElementType, Float, Graph, type Initializer, type Node, type Port } from "./graph.js";

/** A file: the graph with what readers need to know about it. */
export interface OnnxModel {
  readonly graph: Graph;
  readonly irVersion: number;
  readonly opset: number;
  readonly producer: string;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const lengthDelimited = 2; // wire type

// TensorProto.DataType and the bytes of an element
const elements: Record<ElementType, { code: number; bytes: number }> = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int64: { code: 7, bytes: 8 },
  float64: { code: 11, bytes: 8 },
};

/**
 * The bytes of the file in order, with one weight at a time in memory. The field of the graph starts with its length, which follows from the
 * shapes.
 * @throws RangeError when a weight does not have as many values as its shape says.
 */
export function* encodeModel(model: OnnxModel): Generator<Uint8Array> {
  const graph = bytes((out) => writeGraph(model.graph, out));
  const initializers = model.graph.initializers.map((initializer) => ({ initializer, head: initializerHead(initializer) }));
  const length = initializers.reduce((sum, { initializer, head }) => sum + head.length + byteLength(initializer), graph.length);
  yield bytes((out) => {
    out.writeVarintField(1, model.irVersion);
    out.writeStringField(2, model.producer);
    out.writeStringField(3, model.producerVersion);
    out.writeMessage(8, writeOpset, model.opset);
    for (const entry of Object.entries(model.metadata)) out.writeMessage(14, writeEntry, entry);
    out.writeTag(7, lengthDelimited);
    out.writeVarint(length);
  });
  yield graph;
  for (const { initializer, head } of initializers) {
    yield head;
    yield rawData(initializer);
  }
}

function bytes(write: (out: PbfWriter) => void): Uint8Array {
  const out = new PbfWriter();
  write(out);
  return out.finish();
}

function writeOpset(version: number, out: PbfWriter): void {
  out.writeStringField(1, ""); // the standard operators
  out.writeVarintField(2, version);
}

function writeEntry([key, value]: [string, string], out: PbfWriter): void {
  out.writeStringField(1, key);
  out.writeStringField(2, value);
}

/** GraphProto without its initializers. */
function writeGraph(graph: Graph, out: PbfWriter): void {
  for (const node of graph.nodes) out.writeMessage(1, writeNode, node);
  out.writeStringField(2, graph.name);
  for (const port of graph.inputs) out.writeMessage(11, writePort, port);
  for (const port of graph.outputs) out.writeMessage(12, writePort, port);
}

function writeNode({ op, inputs, output, attributes }: Node, out: PbfWriter): void {
  for (const input of inputs) out.writeStringField(1, input);
  out.writeStringField(2, output);
  out.writeStringField(3, output);
  out.writeStringField(4, op);
  for (const attribute of Object.entries(attributes)) out.writeMessage(5, writeAttribute, attribute);
}

function writeAttribute([name, value]: [string, Attribute], out: PbfWriter): void {
  out.writeStringField(1, name);
  const type = (code: number) => out.writeVarintField(20, code);
  if (value instanceof Float) {
    out.writeFloatField(2, value.value);
    type(1);
  } else if (typeof value === "number") {
    out.writeVarintField(3, value);
    type(2);
  } else if (typeof value === "string") {
    out.writeStringField(4, value);
    type(3);
  } else if (value instanceof Graph) {
    out.writeMessage(6, writeGraph, value);
    type(5);
  } else {
    for (const item of value) out.writeVarintField(8, item);
    type(7);
  }
}

function writePort({ name, type, shape }: Port, out: PbfWriter): void {
  out.writeStringField(1, name);
  out.writeMessage(2, writeType, { type, shape });
}

function writeType({ type, shape }: Omit<Port, "name">, out: PbfWriter): void {
  const tensor = () => {
    out.writeVarintField(1, elements[type].code);
    out.writeMessage(2, writeShape, shape);
  };
  out.writeMessage(1, tensor, undefined);
}

function writeShape(shape: Port["shape"], out: PbfWriter): void {
  for (const length of shape) {
    out.writeMessage(
      1,
      () => (typeof length === "number" ? out.writeVarintField(1, length) : out.writeStringField(2, length)),
      0,
    );
  }
}

/** Everything of a GraphProto.initializer field but the bytes of `raw_data`, which come last. */
function initializerHead(initializer: Initializer): Uint8Array {
  const { name, type, shape } = initializer;
  const tensor = bytes((out) => {
    for (const length of shape) out.writeVarintField(1, length);
    out.writeVarintField(2, elements[type].code);
    out.writeStringField(8, name);
    out.writeTag(9, lengthDelimited);
    out.writeVarint(byteLength(initializer));
  });
  const start = bytes((out) => {
    out.writeTag(5, lengthDelimited);
    out.writeVarint(tensor.length + byteLength(initializer));
  });
  return Buffer.concat([start, tensor]);
}

function byteLength({ type, shape }: Initializer): number {
  return shape.reduce((product, length) => product * length, elements[type].bytes);
}

/** raw_data is little-endian, as every platform that we run on is. */
function rawData(initializer: Initializer): Uint8Array {
  const { buffer, byteOffset, byteLength: length } = initializer.data();
  if (length !== byteLength(initializer)) {
    throw new RangeError(`${initializer.name} has ${length} bytes, and its shape ${initializer.shape} says otherwise.`);
  }
  return new Uint8Array(buffer, byteOffset, length);
}
