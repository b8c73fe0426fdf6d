/** The only file that loads the addon. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { InstallationError } from "../errors.js";
import { provideFileLock } from "../system/file-lock.js";
import { libraryFile, setupCommand } from "../system/paths.js";
import { type AddonFiles, searchAddon } from "./addon-files.js";
import type { NativeAddon } from "./contract.js";
import { checkLeastMemory } from "./least-memory.js";
import { findLibTorch, type LibTorch, minorVersion } from "./libtorch.js";
import { chooseThreads } from "./threads.js";

/** native/loader/loader.cpp. */
interface Loader {
  /** Opens a library for the whole process, so that a library loaded later finds it. */
  open(path: string): void;
  /** Opens LibTorch, whose threads then sleep while they wait for each other, unless OMP_WAIT_POLICY or GOMP_SPINCOUNT say otherwise. */
  openWaiting(path: string): void;
}

export interface LoadedAddon {
  readonly addon: NativeAddon;
  readonly libtorch: LibTorch;
  readonly files: AddonFiles;
  /** Why LibTorch's CUDA library was not opened; null when it was. */
  readonly cudaProblem: string | null;
}

const require = createRequire(import.meta.url);
let loaded: LoadedAddon | undefined;

provideFileLock((descriptor) => {
  try {
    return native().lockFile(descriptor);
  } catch {
    return null; // not installed: whoever needs it says so
  }
});

/** The native addon, loaded at first use. LibTorch is opened before it, from wherever it is. */
export function native(): NativeAddon {
  return loadAddon().addon;
}

/**
 * The addon, and what it was loaded with. Each worker thread loads its own instance.
 * @throws InstallationError that lists every place looked at and the command that mends it; TrainingError ACINUS_NOT_ENOUGH_MEMORY where a
 * limit of this process leaves too little for LibTorch.
 */
export function loadAddon(): LoadedAddon {
  if (loaded) return loaded;
  const libtorch = findLibTorch();
  const files = findAddon(libtorch);
  checkLeastMemory();
  const loader = requireAddon<Loader>(files.loader, libtorch);
  openLibrary(loader.open, libtorch, "c10");
  openLibrary(loader.openWaiting, libtorch, "torch_cpu");
  const cudaProblem = openCuda(loader, libtorch);
  const addon = requireAddon<NativeAddon>(files.addon, libtorch);
  if (minorVersion(addon.libtorchVersion) !== minorVersion(libtorch.version) && libtorch.version !== "unknown") {
    const versions = `compiled for LibTorch ${addon.libtorchVersion}, but ${libtorch.root} is ${libtorch.version}`;
    throw new InstallationError("ACINUS_WRONG_LIBTORCH", `${files.addon} was ${versions}.`, {
      file: files.addon,
      fix: `Compile it again with: ${setupCommand()}`,
    });
  }
  // Cleanup hooks do not run at process.exit of the main thread; a training thread alive at exit crashes Node.
  process.on("exit", () => addon.stopAll());
  const { count } = chooseThreads();
  if (count !== undefined && count < addon.threads()) addon.setThreads(count);
  loaded = { addon, libtorch, files, cudaProblem };
  return loaded;
}

/**
 * Ends the process at once, without waiting for native work that is under way. Files are renamed into place when they are whole, so none is
 * left half written.
 */
export function exitAtOnce(code: number): never {
  if (loaded) loaded.addon.exitAtOnce(code);
  process.exit(code);
}

/** True when this machine has an NVIDIA driver, whatever LibTorch can do with it. */
export function hasNvidiaDriver(): boolean {
  if (process.platform === "win32") return existsSync(join(process.env.SystemRoot ?? "C:\\Windows", "System32", "nvcuda.dll"));
  // The second is how the driver shows itself under WSL.
  return existsSync("/dev/nvidiactl") || existsSync("/dev/dxg");
}

function findAddon(libtorch: LibTorch): AddonFiles {
  const { found, places } = searchAddon(libtorch.version, false);
  if (found) return found;
  const list = places.map(({ path, problem }) => `  ${path}: ${problem}`).join("\n");
  const message = `The native addon was not found for LibTorch ${libtorch.version} (${libtorch.root}). Looked at:\n${list}\n`;
  throw new InstallationError("ACINUS_NO_ADDON", message, { fix: `Compile it with: ${setupCommand()}` });
}

function openLibrary(open: Loader["open"], libtorch: LibTorch, name: string): void {
  const path = join(libtorch.root, "lib", libraryFile(name));
  try {
    open(path);
  } catch (error) {
    throw new InstallationError(
      "ACINUS_NO_LIBTORCH",
      `LibTorch could not be opened from ${path}: ${(error as Error).message}.`,
      {
        file: path,
        fix: `Fetch a whole one with: ${setupCommand()} -- --force`,
        cause: error,
      },
    );
  }
}

/** Everything works without CUDA, so a failure is kept for doctor and for whoever asks for a CUDA device. */
function openCuda(loader: Loader, libtorch: LibTorch): string | null {
  if (!libtorch.cuda) return "this LibTorch has no CUDA libraries";
  if (!hasNvidiaDriver()) return "this machine has no NVIDIA driver";
  try {
    loader.open(join(libtorch.root, "lib", libraryFile("torch_cuda")));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function requireAddon<T>(path: string, libtorch: LibTorch): T {
  try {
    return require(path) as T;
  } catch (error) {
    const old = tooOld((error as Error).message);
    if (old) throw new InstallationError("ACINUS_NO_ADDON", old, { file: path, cause: error });
    const message = `${path} could not be loaded with LibTorch ${libtorch.version} from ${libtorch.root}: ${(error as Error).message}.`;
    throw new InstallationError("ACINUS_NO_ADDON", message, {
      file: path,
      fix: `Compile it again with: ${setupCommand()} -- --force`,
      cause: error,
    });
  }
}

/** A sentence for the dynamic linker's "version `GLIBC_2.28' not found"; null for every other problem. */
function tooOld(problem: string): string | null {
  const [, library, version] = /version `(GLIBC|GLIBCXX|CXXABI)_([\d.]+)' not found/.exec(problem) ?? [];
  if (!library) return null;
  const name = library === "GLIBC" ? "glibc" : "libstdc++ (of GCC)";
  return `This system's ${name} is too old: ${library}_${version} is missing. acinus needs glibc 2.28 and libstdc++ 6.0.22 (GLIBCXX_3.4.22), as in RHEL 8, Debian 10, Ubuntu 20.04 and newer.`;
}
