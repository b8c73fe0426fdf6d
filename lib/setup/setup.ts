import { resolve } from "node:path";
import { searchAddon } from "../addon/addon-files.js";
import { findLibTorch, type LibTorch, searchLibTorch } from "../addon/libtorch.js";
import { InstallationError } from "../errors.js";
import { ensureAddon, requireToolchain } from "./build-addon.js";
import { fetchLibTorch } from "./fetch.js";
import { pinnedVersion } from "./pinned.js";
import type { SetupOptions, SetupResult } from "./types.js";

/**
 * Makes the addon ready: finds LibTorch or fetches it, then takes a fitting prebuilt addon or compiles one. If everything is current, it does
 * nothing, takes milliseconds and needs no network.
 * @throws InstallationError that says what is missing and the command that mends it.
 */
export async function setup(options: SetupOptions = {}): Promise<SetupResult> {
  const start = Date.now();
  const onProgress = options.onProgress ?? (() => {});
  const before = searchLibTorch().found;
  const fetchNeeded = needsFetch(before, options);
  // Half a gigabyte is not downloaded for an addon that then cannot be compiled.
  if (!searchAddon(before?.version ?? pinnedVersion, true).found) requireToolchain();
  if (fetchNeeded) {
    await fetchLibTorch({
      from: options.from && resolve(options.from),
      device: options.device ?? "cpu",
      index: options.index ?? process.env.ACINUS_PIP_INDEX,
      onProgress,
      current: () => currentUnless(options),
    });
  }
  const libtorch = findLibTorch();
  const { files, compiled } = await ensureAddon(libtorch, options.force, onProgress);
  return { libtorch, addon: files, fetched: fetchNeeded, compiled, seconds: (Date.now() - start) / 1000 };
}

function needsFetch(found: LibTorch | null, options: SetupOptions): boolean {
  const wanted = options.from !== undefined || !serves(found, options);
  if (wanted && found?.source === "LIBTORCH") {
    throw new InstallationError("ACINUS_SETUP", `LIBTORCH is set to ${found.root} and is used before anything fetched.`, {
      file: found.root,
      fix: "Unset LIBTORCH, then run the same command again.",
    });
  }
  if (found?.source === "LIBTORCH") return false;
  return wanted || options.force === true;
}

/** True where `found` can do what is asked for: a CUDA LibTorch serves the CPU as well. */
function serves(found: LibTorch | null, options: SetupOptions): boolean {
  return found !== null && (options.device !== "cuda" || found.cuda);
}

/** The LibTorch that another set-up installed meanwhile. A set-up that is forced, or is given a file, ignores it. */
function currentUnless(options: SetupOptions): LibTorch | null {
  if (options.force || options.from !== undefined) return null;
  const { found } = searchLibTorch();
  return serves(found, options) ? found : null;
}
