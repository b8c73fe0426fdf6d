import type { ModelOptions } from "../../lib/config/model.js";
import { fetchWeights, isFetched } from "../../lib/hub/index.js";
import { describeLoad } from "../../lib/model/load-report.js";
import { Model } from "../../lib/model/model.js";
import { say } from "./output.js";
import { progress } from "./progress.js";

/** The path of a file of weights. What is no file is fetched first, with a progress line. */
export async function localWeights(reference: string, signal: AbortSignal): Promise<string> {
  if (!isFetched(reference)) return reference;
  const { onProgress, stop } = fetching(reference);
  return fetchWeights(reference, { signal, onProgress }).finally(stop);
}

/** The progress line of a download; none where nothing is downloaded. */
function fetching(what: string) {
  const bar = progress(`Fetching ${what} (MB)`);
  let started = false;
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const onProgress = (bytes: number, total: number) => {
    if (!started) bar.start(megabytes(total), megabytes(bytes));
    else bar.update(megabytes(bytes));
    started = true;
  };
  return { onProgress, stop: () => bar.stop() };
}

/** Builds a network, and reports on standard error what it starts from. */
export async function createModel(options: ModelOptions, signal: AbortSignal): Promise<Model> {
  const { onProgress, stop } = fetching(`weights of ${options.encoder ?? "the network"}`);
  const model = await Model.create({ ...options, signal, onProgress }).finally(stop);
  const { weights, reason } = model.start;
  if (model.loadReport) say(`Weights from ${weights}: ${describeLoad(model.loadReport).join("\n")}`);
  else if (reason !== undefined) say(`Starting from random weights. ${reason}`);
  return model;
}
