export type { ModelConfig, ModelOptions } from "./config/model.js";
export * from "./errors.js";
export { type LoadOptions, type LoadReport, Model } from "./model.js";
