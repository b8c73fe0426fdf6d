/** Which addon fits this machine and LibTorch: a prebuilt one, or the one in the build folder. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { InstallationError } from "../errors.js";
import { fingerprint } from "../system/fingerprint.mjs";
import { buildFolder, packageRoot } from "../system/paths.js";
import { minorVersion } from "./libtorch.js";

/** The two `.node` files and where they come from. */
export interface AddonFiles {
  readonly addon: string;
  readonly loader: string;
  readonly origin: "prebuilt" | "build";
}

/** Kept beside an addon; written last, so that its presence says that the addon is whole. */
export interface AddonRecord {
  /** Version of the LibTorch whose headers it was compiled with. */
  readonly libtorch: string;
  /** Fingerprint of the native sources. */
  readonly sources: string;
}

export interface AddonSearch {
  readonly found: AddonFiles | null;
  /** Every file looked at, and why it was not taken. */
  readonly places: readonly { path: string; problem: string }[];
}

/**
 * Looks for an addon that was compiled for `libtorchVersion`. `current` also asks that it was compiled from the sources as they are now
 * (set-up compiles again otherwise); loading is content with an addon that fits.
 */
export function searchAddon(libtorchVersion: string, current: boolean): AddonSearch {
  const places: { path: string; problem: string }[] = [];
  const sources = () => (current ? sourceFingerprint() : null);
  const candidates: AddonFiles[] = [prebuilt(), built()];
  // A named build folder is wanted for itself.
  if (process.env.ACINUS_BUILD) candidates.shift();
  for (const files of candidates) {
    const problem = unfit(files, libtorchVersion, sources);
    if (problem === null) return { found: files, places };
    places.push({ path: files.addon, problem });
  }
  return { found: null, places };
}

/** What the addon is made from, which native/test is not; null in a package without sources. */
export function sourceFingerprint(): string | null {
  const root = packageRoot();
  if (!existsSync(join(root, "native", "binding"))) return null;
  const versions = ["node-addon-api", "node-api-headers"].map((name) => {
    const { version } = JSON.parse(readFileSync(join(packageFolder(name), "package.json"), "utf8")) as { version: string };
    return `${name} ${version}`;
  });
  const sources = ["core", "binding", "compat", "loader"].map((floor) => `native/${floor}`);
  return fingerprint(root, ["CMakeLists.txt", ...sources], versions);
}

/** Folder of an npm package, wherever npm has put it; null where it is not installed. */
export function findPackage(name: string): string | null {
  const places = createRequire(join(packageRoot(), "package.json")).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find(existsSync) ?? null;
}

/** @throws InstallationError ACINUS_SETUP where the package is not installed. */
export function packageFolder(name: string): string {
  const folder = findPackage(name);
  if (folder !== null) return folder;
  throw new InstallationError("ACINUS_SETUP", `The npm package ${name}, which compiling the addon needs, is not installed.`, {
    fix: `Install it with: npm install ${name}`,
  });
}

export function recordPath(files: AddonFiles): string {
  return files.addon.replace(/\.node$/, ".json");
}

export function built(folder = buildFolder()): AddonFiles {
  return {
    addon: join(folder, "Release", "acinus.node"),
    loader: join(folder, "loader", "acinus_loader.node"),
    origin: "build",
  };
}

/** prebuildify's layout; the loader lies in a folder of its own, because prebuildify packs one addon. */
export function prebuilt(): AddonFiles {
  const folder = join(packageRoot(), "prebuilds", `${process.platform}-${process.arch}`);
  const tag = process.platform === "linux" ? `.${isMusl() ? "musl" : "glibc"}` : "";
  return {
    addon: join(folder, `acinus${tag}.node`),
    loader: join(folder, "loader", `acinus_loader${tag}.node`),
    origin: "prebuilt",
  };
}

function unfit(files: AddonFiles, libtorchVersion: string, sources: () => string | null): string | null {
  for (const file of [files.addon, files.loader])
    if (!existsSync(file)) return file === files.addon ? "not there" : `without ${file}`;
  const record = readRecord(files);
  // A build by plain cmake has no record; it is taken as it is, and its version is checked when it is loaded.
  if (!record) return files.origin === "build" && sources() === null ? null : "without a record of what it was made from";
  if (minorVersion(record.libtorch) !== minorVersion(libtorchVersion)) {
    return `compiled for LibTorch ${record.libtorch}, not for ${libtorchVersion}`;
  }
  // What a package ships belongs to it; a clone's sources may have changed since.
  if (files.origin === "prebuilt" && !isClone()) return null;
  const present = sources();
  return present === null || record.sources === present ? null : "compiled from other sources";
}

export function readRecord(files: AddonFiles): AddonRecord | null {
  try {
    return JSON.parse(readFileSync(recordPath(files), "utf8")) as AddonRecord;
  } catch {
    return null;
  }
}

/** The package has no tests. */
function isClone(): boolean {
  return existsSync(join(packageRoot(), "native", "test"));
}

function isMusl(): boolean {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
