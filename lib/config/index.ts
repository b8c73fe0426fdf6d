export type { AugmentConfig } from "./augment.js";
export type { LossConfig } from "./loss.js";
export type { ModelConfig, ModelOptions } from "./model.js";
export { type Preset, type PresetName, presets } from "./presets.js";
export type { TrainConfig, TrainConfigInput } from "./train.js";
