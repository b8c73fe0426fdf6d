/** Finds LibTorch: `LIBTORCH`, then the user's cache, then an installed Python torch. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InstallationError } from "../errors.js";
import { cacheFolder, libraryFile, setupCommand } from "../system/paths.js";
import { findPython, runPython } from "../system/python.js";

/** Where a LibTorch was found, in the order in which the places are searched. */
export type LibTorchSource = "LIBTORCH" | "cache" | "python";

/** A LibTorch on this machine. */
export interface LibTorch {
  /** Folder with `include/` and `lib/`. */
  readonly root: string;
  /** As LibTorch names itself, for example `2.13.0+cu130`. */
  readonly version: string;
  readonly source: LibTorchSource;
  /** True when its CUDA libraries are there. */
  readonly cuda: boolean;
}

export const supportedVersions = { first: "2.11", last: "2.14" } as const;
const BYPASS = "ACINUS_ALLOW_ANY_LIBTORCH";

/** A place that was looked at, and why nothing there was taken. */
export interface Place {
  readonly source: LibTorchSource;
  readonly path: string;
  readonly problem: string;
}

export interface Search {
  readonly found: LibTorch | null;
  readonly places: readonly Place[];
}

/**
 * Looks in all places, in order, and stops at the first LibTorch that fits.
 * @throws InstallationError when `LIBTORCH` is set and what it names is unusable: what the user chose is never passed over.
 */
export function searchLibTorch(): Search {
  const places: Place[] = [];
  const chosen = process.env.LIBTORCH;
  if (chosen) return { found: fromVariable(chosen), places };
  places.push({ source: "LIBTORCH", path: "$LIBTORCH", problem: "not set" });

  const cache = cacheFolder();
  const cached = cachedFolders(cache);
  if (cached.length === 0) places.push({ source: "cache", path: cache, problem: "holds no LibTorch" });
  for (const folder of cached) {
    const found = inspect(join(folder, "torch"), "cache");
    if (!("problem" in found)) return { found, places };
    places.push(found);
  }

  const python = findPython();
  const torch = python && pythonTorch(python.command);
  if (!python) places.push({ source: "python", path: "python3", problem: "no Python on the PATH" });
  else if (!torch) places.push({ source: "python", path: python.command, problem: "has no torch installed" });
  else {
    const found = inspect(torch, "python");
    if (!("problem" in found)) return { found, places };
    places.push(found);
  }
  return { found: null, places };
}

/** @throws InstallationError that lists every place looked at and the command that mends it. */
export function findLibTorch(): LibTorch {
  const { found, places } = searchLibTorch();
  if (found) return found;
  throw new InstallationError("ACINUS_NO_LIBTORCH", `LibTorch was not found. Looked at:\n${listPlaces(places)}\n`, {
    fix: `Fetch it once with: ${setupCommand()}`,
  });
}

export function listPlaces(places: readonly Place[]): string {
  return places
    .map(({ source, path, problem }) => `  ${source === "LIBTORCH" ? "" : `${source}: `}${path}: ${problem}`)
    .join("\n");
}

/** Reads the version from whichever file this kind of LibTorch has. */
export function readVersion(root: string): string | null {
  const readers: [file: string, pattern: RegExp][] = [
    ["version.py", /^__version__ = ['"]([^'"]+)['"]/m],
    ["build-version", /^(\S+)/],
    ["include/torch/headeronly/version.h", /^#define TORCH_VERSION "?([\w.+]+)"?/m],
    ["include/torch/csrc/api/include/torch/version.h", /^#define TORCH_VERSION "?([\w.+]+)"?/m],
  ];
  for (const [file, pattern] of readers) {
    const path = join(root, file);
    const version = existsSync(path) ? pattern.exec(readFileSync(path, "utf8"))?.[1] : undefined;
    if (version) return version;
  }
  return null;
}

/** True for every version that ought to work, and for any at all with the bypass variable. */
export function isSupported(version: string): boolean {
  if (process.env[BYPASS] === "1") return true;
  const minor = Number(/^2\.(\d+)\./.exec(version)?.[1] ?? Number.NaN);
  return minor >= Number(supportedVersions.first.slice(2)) && minor <= Number(supportedVersions.last.slice(2));
}

/** `2.13.0+cu130` → `2.13`: what decides whether a compiled addon fits. */
export function minorVersion(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? version;
}

/** What is at `root`, or why it cannot be used. */
export function inspect(root: string, source: LibTorchSource): LibTorch | Place {
  const missing = ["torch_cpu", "c10"]
    .map((name) => join("lib", libraryFile(name)))
    .find((file) => !existsSync(join(root, file)));
  if (missing) return { source, path: root, problem: `has no ${missing}` };
  const version = readVersion(root);
  if (version === null && process.env[BYPASS] !== "1") {
    return { source, path: root, problem: `its version cannot be read (use it anyway: ${BYPASS}=1)` };
  }
  if (version !== null && !isSupported(version)) {
    const range = `${supportedVersions.first} to ${supportedVersions.last}`;
    return { source, path: root, problem: `is LibTorch ${version}, supported are ${range} (use it anyway: ${BYPASS}=1)` };
  }
  return { root, version: version ?? "unknown", source, cuda: existsSync(join(root, "lib", libraryFile("torch_cuda"))) };
}

function fromVariable(root: string): LibTorch {
  const found = inspect(root, "LIBTORCH");
  if (!("problem" in found)) return found;
  const code = found.problem.startsWith("has no") ? "ACINUS_NO_LIBTORCH" : "ACINUS_WRONG_LIBTORCH";
  throw new InstallationError(code, `LIBTORCH is set to ${root}, but that folder ${verb(found.problem)}.`, {
    file: root,
    fix: `Point LIBTORCH at a folder with include/ and lib/, or unset it and run: ${setupCommand()}`,
  });
}

function verb(problem: string): string {
  return problem.startsWith("its") ? `cannot be taken: ${problem}` : problem;
}

/** Finished folders only: the record inside is written before the folder gets its name. The one chosen last comes first. */
function cachedFolders(cache: string): string[] {
  if (!existsSync(cache)) return [];
  const selected = existsSync(join(cache, "selected")) ? readFileSync(join(cache, "selected"), "utf8").trim() : "";
  const names = readdirSync(cache).filter(
    (name) => name.startsWith("libtorch-") && existsSync(join(cache, name, "acinus.json")),
  );
  const newestFirst = names.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return newestFirst.sort((a, b) => Number(b === selected) - Number(a === selected)).map((name) => join(cache, name));
}

/** The folder of Python's torch, found without importing it (that takes seconds). */
function pythonTorch(python: string): string | null {
  const script =
    "import importlib.util, sys; sys.path = [p for p in sys.path if p]; s = importlib.util.find_spec('torch'); " +
    "print(list(s.submodule_search_locations)[0] if s and s.submodule_search_locations else '')";
  const answer = runPython(python, ["-c", script]);
  return answer.status === 0 && answer.stdout.trim() !== "" ? answer.stdout.trim() : null;
}
