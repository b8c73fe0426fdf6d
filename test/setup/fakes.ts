/** Tiny stand-ins for LibTorch, its wheels, and a Python whose pip copies files instead of downloading them. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { onTestFinished, vi } from "vitest";
import type { PinnedPlatform } from "../../lib/setup/pinned.js";
import { libraryFile } from "../../lib/system/paths.js";
import { temporary } from "../temporary.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** No LIBTORCH, an empty cache, and a Python without torch; returns the cache. */
export function emptyMachine(): string {
  const folder = temporary();
  vi.stubEnv("LIBTORCH", "");
  vi.stubEnv("ACINUS_ALLOW_ANY_LIBTORCH", "");
  vi.stubEnv("ACINUS_PIP_INDEX", "");
  vi.stubEnv("ACINUS_CACHE", join(folder, "cache"));
  vi.stubEnv("ACINUS_PYTHON", join(folder, "no-python"));
  onTestFinished(() => void vi.unstubAllEnvs());
  return join(folder, "cache");
}

export type VersionFile = "version.py" | "build-version" | "include/torch/headeronly/version.h";

/** The files that make a folder look like LibTorch. */
export function fakeTorchFiles(version: string, versionFile: VersionFile = "version.py"): Record<string, string> {
  const cuda = version.includes("+cu") ? `'${version.slice(version.indexOf("+cu") + 3, -1)}.0'` : "None";
  const text = {
    "version.py": `__version__ = '${version}'\ncuda: Optional[str] = ${cuda}\n`,
    "build-version": `${version}\n`,
    "include/torch/headeronly/version.h": `#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION ${version}\n`,
  }[versionFile];
  return {
    [`lib/${libraryFile("torch_cpu")}`]: "torch_cpu",
    [`lib/${libraryFile("c10")}`]: "c10",
    "include/torch/csrc/api/include/torch/torch.h": "// torch",
    [versionFile]: text,
  };
}

export function write(folder: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** A finished folder of the cache. */
export function fakeCached(cache: string, version: string, device = "cpu"): string {
  const folder = join(cache, `libtorch-${version.split("+")[0]}-${device}`);
  write(join(folder, "torch"), fakeTorchFiles(version));
  write(folder, { "acinus.json": "{}" });
  return join(folder, "torch");
}

/** Packs `files` into a zip archive (stored, not compressed). */
export function fakeArchive(path: string, files: Record<string, string | Uint8Array>): string {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    // Version, flags, method, time, date, CRC, both sizes, length of the name, of the extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), data]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, tail, Buffer.from(name)]));
    bodies.push(body);
    offset += body.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([...bodies, entries, Buffer.from("PK\x05\x06"), end]));
  return path;
}

/** A torch wheel with CUDA libraries and the two nvidia wheels, each a few bytes. */
export function fakeWheels(folder: string): PinnedPlatform {
  const prefixed = (prefix: string, files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${prefix}${name}`, text]));
  const torch = fakeArchive(join(folder, "torch-2.13.0-cp311-cp311-any.whl"), {
    ...prefixed("torch/", fakeTorchFiles("2.13.0+cu130")),
    "torch/lib/libtorch_cuda.so": "cuda",
    "torch/lib/libtorch_python.so": "python",
    "torch/lib/libgomp.so.1": "gomp",
    "torch/nn/modules.py": "pass",
    "torch-2.13.0.dist-info/METADATA":
      'Requires-Dist: sympy>=1.13.3\nRequires-Dist: cuda-toolkit[cublas,cudart]==13.0.3; platform_system == "Linux"\n' +
      'Requires-Dist: nvidia-nccl-cu13==2.29.7; platform_system == "Linux"\n',
  });
  const cudart = fakeArchive(join(folder, "nvidia_cuda_runtime-13.0.96-py3-none-any.whl"), {
    "nvidia/cu13/lib/libcudart.so.13": "cudart",
    "nvidia/cu13/include/cuda.h": "// cuda",
  });
  const cupti = fakeArchive(join(folder, "nvidia_cuda_cupti-13.0.85-py3-none-any.whl"), {
    "nvidia/cu13/lib/libcupti.so.13": "cupti",
    "nvidia/cu13/lib/libnvperf_host.so": "nvperf",
  });
  const pinned = (requirement: string, path: string) => ({ requirement, file: basename(path), sha256: sha256(path) });
  return {
    tags: ["any"],
    torch: pinned("torch==2.13.0", torch),
    runtime: [pinned("nvidia-cuda-runtime==13.0.96", cudart), pinned("nvidia-cuda-cupti==13.0.85", cupti)],
  };
}

export function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

export interface FakePip {
  /** Folder whose wheels pip "downloads". */
  readonly wheels: string;
  /** What pip prints before it fails; without it, it succeeds. */
  readonly failure?: string;
  /** Written when a download starts, removed when it ends: two at once are seen as such. */
  readonly log?: string;
  /** The download half done, pip waits for its end. */
  readonly hang?: boolean;
  readonly noPip?: boolean;
}

let python: string | undefined;

/** The interpreter behind a version manager's slow shim. */
function realPython(): string {
  python ??= execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  return python;
}

/** Makes `ACINUS_PYTHON`: everything but pip is answered by the real Python, isolated from its packages. */
export function fakePython(folder: string, pip: FakePip): string {
  const path = join(folder, "fake-python.cjs");
  write(folder, {
    "fake-python.cjs": `#!${process.execPath}
const { spawnSync } = require("node:child_process");
const { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const pip = ${JSON.stringify(pip)};
const args = process.argv.slice(2);
if (args[1] === "pip" && pip.noPip) { console.error("No module named pip"); process.exit(1); }
if (args[1] === "pip" && args[2] === "--version") { console.log("pip 25.0 from /nowhere"); process.exit(0); }
if (args[1] === "pip") download();
else if (args[1]?.includes("version_info")) console.log("3.11.0");
else process.exit(spawnSync(${JSON.stringify(realPython())}, ["-S", ...args], { stdio: "inherit" }).status ?? 1);
function download() {
  if (pip.log) appendFileSync(pip.log, "start " + args.slice(args.indexOf("--dest") + 2).join(" ") + (args.includes("--index-url") ? " from index" : "") + "\\n");
  if (pip.failure && !(pip.failure === "index" && !args.includes("--index-url"))) { console.error(pip.failure); process.exit(1); }
  const destination = args[args.indexOf("--dest") + 1];
  for (const requirement of args.slice(args.indexOf("--dest") + 2)) {
    const [name, version] = requirement.replace(/\\[.*\\]/, "").split("==");
    const stem = name.replaceAll("-", "_") + "-" + version;
    const file = readdirSync(pip.wheels).find((candidate) => candidate.startsWith(stem));
    if (!file) { console.error("ERROR: No matching distribution found for " + requirement); process.exit(1); }
    console.log("Downloading " + file + " (1.0 kB)");
    if (pip.hang) {
      writeFileSync(join(destination, file), "half");
      if (pip.log) appendFileSync(pip.log, "half\\n");
      return setInterval(() => {}, 1000);
    }
    copyFileSync(join(pip.wheels, file), join(destination, file));
  }
  if (pip.log) appendFileSync(pip.log, "end\\n");
}
`,
  });
  chmodSync(path, 0o755);
  vi.stubEnv("ACINUS_PYTHON", path);
  return path;
}
