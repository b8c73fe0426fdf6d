import type { TypedTensor } from "../../addon/contract.js";
import { segmenterHandle } from "../../addon/handles.js";
import { call } from "../../addon/job.js";
import { plainRule } from "../../config/cells.js";
import type { ModelConfig } from "../../config/model.js";
import { onnxOptionsSchema } from "../../config/onnx.js";
import { parseConfig } from "../../config/parse.js";
import { CheckpointError } from "../../errors.js";
import { gaborKernels } from "../../functional/edges.js";
import { checkpointMetadata } from "../../model/checkpoint.js";
import { requireWritable, writeOutput } from "../../system/output-file.js";
import { packageVersion } from "../../system/version.js";
import type { ExportFormat } from "../format.js";
import type { Bank } from "./edges.js";
import { encodeModel } from "./encode.js";
import { describeNetwork } from "./network.js";
import { Weights } from "./weights.js";

// Opset 17 and IR version 8 are of 2022: what runs ONNX today reads them.
const opset = 17;
const irVersion = 8;

/**
 * The network in eval mode. Batch, height and width are free, down to a single pixel; padding and cropping back happen
 * inside. By default `input` float32 [B, C, H, W], normalised as `Model.forward` takes it, gives `logits` [B, 1, H, W]; with `pixels`,
 * `pixels` [B, 3, H, W] in 0…255 give `probability` [B, 1, H, W]. The file's metadata holds `acinus` (the configuration, as our safetensors
 * carry it, with `intensity`: how grey values become 0…255), `acinus_version` and `threshold`.
 */
export const onnx: ExportFormat = {
  description: "the whole network for onnxruntime and others that read ONNX",
  endings: [".onnx"],
  reads: ["pixels", "foldBatchNorm", "threshold"],
  write: async (model, file, { pixels, foldBatchNorm, threshold, signal, inputs, force }) => {
    await requireWritable(file, { inputs, force });
    const config = parseConfig(onnxOptionsSchema, { pixels, foldBatchNorm, threshold }, "onnx");
    const state = await model.stateDict({ signal });
    const weights = new Weights(model.entries, (name) => valuesOf(state, name));
    const plan = call(() => model[segmenterHandle].plan());
    const graph = describeNetwork(plan, config, weights, bankOf(model.config));
    const version = packageVersion();
    const { acinus = "" } = checkpointMetadata(model.config, model);
    const chosen = config.threshold ?? (model.cells ?? plainRule).threshold;
    const metadata = { acinus, acinus_version: version, threshold: String(chosen) };
    const content = encodeModel({ graph, opset, irVersion, producer: "acinus", producerVersion: version, metadata });
    await writeOutput(file, untilAborted(content, signal), { inputs, force });
    return [file];
  },
};

function valuesOf(state: ReadonlyMap<string, TypedTensor>, name: string): Float32Array {
  const entry = state.get(name);
  if (entry) return entry.data;
  throw new CheckpointError("ACINUS_WEIGHTS_MISMATCH", `The model has no entry ${name}.`, { value: name });
}

function bankOf({ edges }: ModelConfig): Bank {
  return {
    ...{ data: gaborKernels(edges).data, size: edges.kernelSize, answersContrast: edges.dcCompensation },
    ...(edges.scale === "fixed" ? { gain: edges.gain } : {}),
  };
}

function* untilAborted<T>(items: Iterable<T>, signal: AbortSignal | undefined): Generator<T> {
  for (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
}
