/**
 * onnxruntime: the native one where somebody has installed it (`npm install --no-save --ignore-scripts onnxruntime-node`; 300 MB unpacked),
 * otherwise the same runtime as WebAssembly.
 */
import { readFileSync } from "node:fs";
import type * as Runtime from "onnxruntime-web";
import type { TypedTensor } from "../../lib/addon/contract.js";

const native = "onnxruntime-node"; // a variable, since the compiler need not find it
const runtime = (await import(native).catch(() => import("onnxruntime-web"))) as typeof Runtime;
runtime.env.wasm.numThreads = 1;

export interface Network extends AsyncDisposable {
  readonly inputs: readonly Runtime.InferenceSession.ValueMetadata[];
  readonly outputs: readonly Runtime.InferenceSession.ValueMetadata[];
  run(data: Float32Array | Uint8Array, shape: readonly number[]): Promise<TypedTensor>;
}

/** An .onnx file of one input and one output. */
export async function open(file: string): Promise<Network> {
  const session = await runtime.InferenceSession.create(readFileSync(file));
  const [input = "", output = ""] = [session.inputNames[0], session.outputNames[0]];
  return {
    inputs: session.inputMetadata,
    outputs: session.outputMetadata,
    async run(data, shape) {
      const tensor = new runtime.Tensor(data instanceof Uint8Array ? "uint8" : "float32", data, shape);
      const { [output]: result } = await session.run({ [input]: tensor });
      return { data: result?.data as Float32Array, shape: result?.dims ?? [] };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
