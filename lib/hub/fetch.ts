import { AcinusError } from "../errors.js";
import { HubCache } from "./cache.js";
import { type HubAccess, HubUnreachable, hubAccess, type RemoteFile, remoteFile, remoteNames } from "./client.js";
import { formatHubReference, type HubReference, parseHubReference } from "./reference.js";

export interface FetchWeightsOptions {
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Bytes that are here, and bytes in all. Not called for what is in the cache. */
  onProgress?: (bytes: number, total: number) => void;
}

/** The path of a file of the hub, fetched if it is not in the cache or has changed; see `fetchWeights`. */
export async function fetchFromHub(text: string, { signal, onProgress }: FetchWeightsOptions): Promise<string> {
  const given = parseHubReference(text);
  const access = hubAccess();
  const cache = new HubCache(given.repository);
  const reference = { ...given, file: given.file ?? (await weightsOf(given, cache, access, signal)) };
  const cached = await cache.find(reference);
  if (cached && (access.offline || /^[0-9a-f]{40}$/.test(reference.revision))) return cached.path;
  if (access.offline) throw offline(reference);
  let remote: RemoteFile;
  try {
    remote = await remoteFile(reference, access, signal);
  } catch (error) {
    if (cached && error instanceof HubUnreachable) return cached.path;
    throw error;
  }
  if (cached?.etag === remote.etag) return cached.path;
  signal?.throwIfAborted();
  return cache.fetch(reference, remote, (bytes) => onProgress?.(bytes, remote.size));
}

function offline(reference: HubReference): AcinusError {
  const value = formatHubReference(reference);
  const fix = "Unset HF_HUB_OFFLINE and ACINUS_OFFLINE, or give a file.";
  return new AcinusError("ACINUS_DOWNLOAD", `${value} is not in the cache, and HF_HUB_OFFLINE or ACINUS_OFFLINE is set.`, {
    value,
    fix,
  });
}

async function weightsOf(given: HubReference, cache: HubCache, access: HubAccess, signal?: AbortSignal): Promise<string> {
  const known = await cache.findName(given.revision);
  if (known !== undefined) return known;
  if (access.offline) throw offline(given);
  const names = await remoteNames(given, access, signal);
  const name = chosen(names, given);
  await cache.rememberName(given.revision, name);
  return name;
}

function chosen(names: readonly string[], given: HubReference): string {
  if (names.includes("model.safetensors")) return "model.safetensors";
  for (const endings of [/\.safetensors$/, /\.(pth|pt|bin|ckpt)$/]) {
    const weights = names.filter((name) => endings.test(name));
    if (weights.length === 1) return weights[0] as string;
    if (weights.length > 1) throw undecided(given, `holds several files of weights: ${weights.slice(0, 8).join(", ")}`);
  }
  throw undecided(given, `holds no weights, but ${names.slice(0, 8).join(", ") || "nothing"}`);
}

function undecided(given: HubReference, what: string): AcinusError {
  const value = formatHubReference(given);
  const fix = `Name the file: ${value}/FILE.`;
  return new AcinusError("ACINUS_DOWNLOAD", `${given.repository}@${given.revision} ${what}.`, { value, fix });
}
