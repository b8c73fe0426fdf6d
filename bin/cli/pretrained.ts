import type { ModelOptions } from "../../lib/config/model.js";
import { fetchWeights, isHubReference } from "../../lib/hub/index.js";
import { describeLoad } from "../../lib/model/load-report.js";
import { Model } from "../../lib/model/model.js";
import { say } from "./output.js";
import { progress } from "./progress.js";

/** The path of a file of weights. A file of the hub is fetched first, with a progress line. */
export async function localWeights(reference: string, signal: AbortSignal): Promise<string> {
  if (!isHubReference(reference)) return reference;
  const bar = progress(`Fetching ${reference} (MB)`);
  let started = false;
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const onProgress = (bytes: number, total: number) => {
    if (!started) bar.start(megabytes(total), megabytes(bytes));
    else bar.update(megabytes(bytes));
    started = true;
  };
  return fetchWeights(reference, { signal, onProgress }).finally(() => bar.stop());
}

/** Builds a network, and reports on standard error what was loaded from its weights. */
export async function createModel(options: ModelOptions, signal: AbortSignal): Promise<Model> {
  const weights = options.weights === undefined ? undefined : await localWeights(options.weights, signal);
  const model = await Model.create({ ...options, weights, signal });
  if (model.loadReport) say(`Weights from ${options.weights}: ${describeLoad(model.loadReport).join("\n")}`);
  return model;
}
