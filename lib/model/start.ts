import { AcinusError } from "../errors.js";
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

/** What the option `weights` means for this encoder. @throws as `fetchWeights`, except for "imagenet-or-random". */
export async function findStart(
  weights: string | undefined,
  encoder: string,
  options: FetchWeightsOptions,
): Promise<FoundStart> {
  if (weights === undefined || weights === "random") return { weights: null };
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
