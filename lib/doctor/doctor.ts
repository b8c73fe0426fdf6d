/** Reports what is installed, what would be used, what is wrong, and the command that mends it. */
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { searchAddon } from "../addon/addon-files.js";
import { type LibTorch, listPlaces, searchLibTorch } from "../addon/libtorch.js";
import { hasNvidiaDriver, type LoadedAddon, loadAddon } from "../addon/load.js";
import { chooseThreads } from "../addon/threads.js";
import { AcinusError } from "../errors.js";
import { checkToolchain } from "../setup/toolchain.js";
import { freeSpace } from "../system/disk.js";
import { installCommand } from "../system/install-command.js";
import { availableMemory, gigabytes } from "../system/memory.js";
import { cacheFolder, setupCommand } from "../system/paths.js";
import { findPython, runPython } from "../system/python.js";
import { packageVersion } from "../system/version.js";
import type { DoctorCheck, DoctorOptions, DoctorReport } from "./types.js";

/** Looks at everything and changes nothing; problems are in the report, not thrown. */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const checks: DoctorCheck[] = [nodeCheck(), machineCheck()];
  const { libtorch, check } = libtorchCheck();
  checks.push(check);
  const { loaded, check: addonCheck } = checkAddon(libtorch);
  checks.push(addonCheck, ...kernelCheck(loaded), ...threadCheck(loaded), cudaCheck(loaded, options));
  checks.push(...toolChecks(loaded !== null), ...pythonChecks(libtorch !== null), await diskCheck());
  let selfTest: DoctorReport["selfTest"] = null;
  if (options.selfTest && loaded) {
    const result = await trySelfTest(options.device ?? "cpu");
    checks.push(result.check);
    selfTest = result.selfTest;
  }
  return {
    ok: checks.every(({ status }) => status !== "error"),
    version: packageVersion(),
    checks,
    libtorch,
    addon: loaded?.files ?? null,
    cudaDevices: loaded ? cudaDevices(loaded) : [],
    selfTest,
  };
}

function nodeCheck(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = major > 20 || (major === 20 && minor >= 17);
  const detail = `${process.versions.node}${fits ? "" : ", 20.17 or newer is needed"}`;
  return {
    name: "Node",
    status: fits ? "ok" : "error",
    detail,
    ...(fits ? {} : { fix: "Install a newer Node: nvm install 22" }),
  };
}

function machineCheck(): DoctorCheck {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = `${gigabytes(availableMemory())} of ${gigabytes(totalmem())} memory free`;
  return { name: "Machine", status: "ok", detail: `${platform()} ${arch()}, ${availableParallelism()} × ${model}, ${memory}` };
}

function libtorchCheck(): { libtorch: LibTorch | null; check: DoctorCheck } {
  const fix = `Fetch it once with: ${setupCommand()}`;
  try {
    const { found, places } = searchLibTorch();
    if (!found)
      return { libtorch: null, check: { name: "LibTorch", status: "error", detail: `not found:\n${listPlaces(places)}`, fix } };
    const kind = found.cuda ? "with CUDA" : "for the CPU";
    const detail = `${found.version} ${kind}, from ${found.source}: ${found.root}`;
    return { libtorch: found, check: { name: "LibTorch", status: "ok", detail } };
  } catch (error) {
    return { libtorch: null, check: failed("LibTorch", error) };
  }
}

function checkAddon(libtorch: LibTorch | null): { loaded: LoadedAddon | null; check: DoctorCheck } {
  if (!libtorch)
    return {
      loaded: null,
      check: { name: "Addon", status: "error", detail: "not tried without LibTorch", fix: setupCommand() },
    };
  try {
    const loaded = loadAddon();
    const current = searchAddon(libtorch.version, true).found !== null;
    const detail = `${loaded.files.addon} (${loaded.files.origin}, for LibTorch ${loaded.addon.libtorchVersion})`;
    if (current) return { loaded, check: { name: "Addon", status: "ok", detail } };
    const fix = `Compile it again with: ${setupCommand()}`;
    return { loaded, check: { name: "Addon", status: "warning", detail: `${detail}; the sources have changed since`, fix } };
  } catch (error) {
    return { loaded: null, check: failed("Addon", error) };
  }
}

/** Which CPU kernels run here (core/cpu/isa.h). */
function kernelCheck(loaded: LoadedAddon | null): DoctorCheck[] {
  if (!loaded) return [];
  const isa = loaded.addon.kernelIsa();
  const names = { avx512: "AVX-512", avx2: "AVX2", baseline: "for any processor", none: "off: LibTorch's own operators" };
  const wish = process.env.ACINUS_CPU_ISA;
  return [{ name: "CPU kernels", status: "ok", detail: `${names[isa]}${wish ? ` (ACINUS_CPU_ISA=${wish})` : ""}` }];
}

function threadCheck(loaded: LoadedAddon | null): DoctorCheck[] {
  if (!loaded) return [];
  const count = loaded.addon.threads();
  return [{ name: "Threads", status: "ok", detail: `${count} (${chooseThreads().because}); --threads takes another number` }];
}

function cudaDevices(loaded: LoadedAddon): { name: string; totalMemory: number }[] {
  return loaded.cudaProblem === null ? loaded.addon.cudaDevices() : [];
}

function cudaCheck(loaded: LoadedAddon | null, options: DoctorOptions): DoctorCheck {
  const asked = options.device === "cuda";
  if (!loaded) return { name: "CUDA", status: asked ? "error" : "ok", detail: "not tried without the addon" };
  const devices = cudaDevices(loaded);
  if (devices.length > 0) {
    const list = devices.map(({ name, totalMemory }) => `${name} (${(totalMemory / 2 ** 30).toFixed(0)} GB)`);
    return { name: "CUDA", status: "ok", detail: list.join(", ") };
  }
  const detail = `not used: ${loaded.cudaProblem ?? "the driver shows no device"}`;
  if (!hasNvidiaDriver()) {
    return {
      name: "CUDA",
      status: asked ? "error" : "ok",
      detail,
      ...(asked ? { fix: "Install the NVIDIA driver, or take --device cpu." } : {}),
    };
  }
  const fix = `Fetch a LibTorch with CUDA: ${setupCommand().replace("npm run setup", "npm run setup --")} --device cuda`;
  return { name: "CUDA", status: asked ? "error" : "warning", detail, fix };
}

/** Missing tools matter only as long as something has still to be compiled. */
function toolChecks(addonLoads: boolean): DoctorCheck[] {
  const names = { cmake: "CMake", compiler: "Compiler", make: "Build tool", python: "Python", pip: "pip" };
  return checkToolchain().map(({ tool, found, problem }) => {
    if (!problem) return { name: names[tool], status: "ok", detail: found ?? "" };
    return { name: names[tool], status: addonLoads ? "warning" : "error", detail: problem, fix: installCommand(tool) };
  });
}

function pythonChecks(haveLibTorch: boolean): DoctorCheck[] {
  const status = haveLibTorch ? "warning" : "error";
  const python = findPython();
  if (!python) return [{ name: "Python", status, detail: "no Python 3 on the PATH", fix: installCommand("python") }];
  const pip = /^pip (\S+)/.exec(runPython(python.command, ["-m", "pip", "--version"]).stdout)?.[1];
  const detail = `${python.version} (${python.command})${pip ? `, pip ${pip}` : ", without pip"}`;
  return [
    pip
      ? { name: "Python", status: "ok", detail }
      : { name: "Python", status, detail, fix: installCommand("pip", python.command) },
  ];
}

async function diskCheck(): Promise<DoctorCheck> {
  const cache = cacheFolder();
  const free = await freeSpace(cache);
  const detail = `${(free / 1e9).toFixed(1)} GB free for ${cache}`;
  return free > 2e9
    ? { name: "Disk", status: "ok", detail }
    : { name: "Disk", status: "warning", detail, fix: "Free some space, or name another folder: ACINUS_CACHE=/path" };
}

async function trySelfTest(device: "cpu" | "cuda"): Promise<{ check: DoctorCheck; selfTest: DoctorReport["selfTest"] }> {
  try {
    const { checkKernels, trainTwoSteps } = await import("./self-test.js");
    checkKernels();
    const selfTest = await trainTwoSteps(device);
    const losses = selfTest.losses.map((loss) => loss.toFixed(4)).join(", ");
    const detail = `two training steps on ${device} in ${selfTest.seconds.toFixed(1)} s, losses ${losses}`;
    return { check: { name: "Self-test", status: "ok", detail }, selfTest };
  } catch (error) {
    return { check: failed("Self-test", error), selfTest: null };
  }
}

function failed(name: string, error: unknown): DoctorCheck {
  if (!(error instanceof AcinusError))
    return { name, status: "error", detail: error instanceof Error ? error.message : String(error) };
  const detail = error.fix ? error.message.slice(0, -error.fix.length).trim() : error.message;
  return { name, status: "error", detail, ...(error.fix ? { fix: error.fix } : {}) };
}
