import type { ModelConfig } from "../config/model.js";
import { architectures } from "../config/networks.js";
import { AcinusError, ConfigError } from "../errors.js";
import { type FetchWeightsOptions, fetchWeights, imagenetPrefix, isFetched } from "../hub/index.js";

/** What a network's weights started from. */
export interface ModelStart {
  /** As it was given, "imagenet:ENCODER" for the word imagenet; null for random weights. */
  readonly weights: string | null;
  /** Why they are random although others were asked for. */
  readonly reason?: string;
}

interface FoundStart extends ModelStart {
  /** The file to load; undefined for random weights. */
  readonly file?: string;
}

/** What the option `weights` means for this network. @throws as `fetchWeights`, except for "imagenet-or-random". */
export async function findStart(
  weights: string | undefined,
  { architecture, encoder }: Pick<ModelConfig, "architecture" | "encoder">,
  options: FetchWeightsOptions,
): Promise<FoundStart> {
  if (weights === undefined || weights === "random") return { weights: null };
  if (encoder === undefined && (weights === "imagenet" || weights === "imagenet-or-random")) {
    const { title } = architectures[architecture];
    const reason = `${title} has an encoder of its own, of which there are no ImageNet weights.`;
    if (weights === "imagenet-or-random") return { weights: null, reason };
    throw new ConfigError("ACINUS_CONFIG", reason, {
      value: weights,
      fix: 'Leave weights out, or use an architecture over an encoder: "unetplusplus" or "unet".',
    });
  }
  if (weights === "imagenet") return found(`${imagenetPrefix}${encoder}`, options);
  if (weights !== "imagenet-or-random") return found(weights, options);
  try {
    return await found(`${imagenetPrefix}${encoder}`, options);
  } catch (error) {
    if (!(error instanceof AcinusError)) throw error; // an abort
    return { weights: null, reason: error.message };
  }
}

async function found(weights: string, options: FetchWeightsOptions): Promise<FoundStart> {
  return { weights, file: isFetched(weights) ? await fetchWeights(weights, options) : weights };
}
