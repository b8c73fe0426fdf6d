import { saveWeights } from "../model/save.js";
import type { ExportFormat } from "./format.js";

/** Weights as safetensors with the configuration in the metadata, under smp's names; the projection's entries begin with `projection.`. */
export const safetensors: ExportFormat = {
  description: "weights with their configuration; opens in smp and here",
  endings: [".safetensors"],
  reads: ["projection"],
  write: (model, file, options) => saveWeights(model, file, "safetensors", options),
};

/** A state dict for `torch.load(file, weights_only=True)`. It carries no configuration. */
export const pth: ExportFormat = {
  description: "a PyTorch state dict, for programs that read nothing else",
  endings: [".pth", ".pt"],
  reads: ["projection"],
  write: (model, file, options) => saveWeights(model, file, "pth", options),
};
