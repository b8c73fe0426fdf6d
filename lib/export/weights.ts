import { parse } from "node:path";
import type { NativeSaveOptions } from "../addon/contract.js";
import { segmenterHandle } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { checkpointMetadata } from "../model/checkpoint.js";
import type { Model } from "../model/model.js";
import type { ExportFormat, ExportOptions } from "./format.js";

type WeightsFormat = NativeSaveOptions["format"];

/** Weights as safetensors with the configuration in the metadata, under smp's names; the projection's entries begin with `projection.`. */
export const safetensors: ExportFormat = {
  description: "weights with their configuration; opens in smp and here",
  endings: [".safetensors"],
  reads: ["projection"],
  write: (model, file, options) => writeWeights(model, file, "safetensors", options),
};

/** A state dict for `torch.load(file, weights_only=True)`. It carries no configuration. */
export const pth: ExportFormat = {
  description: "a PyTorch state dict, for programs that read nothing else",
  endings: [".pth", ".pt"],
  reads: ["projection"],
  write: (model, file, options) => writeWeights(model, file, "pth", options),
};

/** `best.safetensors` → `best.projection.safetensors`. */
export function besidePath(file: string): string {
  const { dir, name, ext } = parse(file);
  return `${dir}${dir && !dir.endsWith("/") ? "/" : ""}${name}.projection${ext}`;
}

async function writeWeights(model: Model, file: string, format: WeightsFormat, options: ExportOptions): Promise<string[]> {
  const save = (path: string, part: NativeSaveOptions["part"], metadata: Record<string, string>) =>
    settle(() => model[segmenterHandle].save(path, { part, format, metadata }), options.signal);
  if (options.projection !== "beside" || model.config.inputMode !== "projection") {
    await save(file, "all", checkpointMetadata(model.config));
    return [file];
  }
  // The projection first: a network that names one which is not there could not be opened.
  const beside = besidePath(file);
  await save(beside, "projection", { format: "pt" });
  await save(file, "network", checkpointMetadata(model.config, parse(beside).base));
  return [file, beside];
}
