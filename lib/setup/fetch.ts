/** Brings LibTorch into the user's cache: downloads and checks it, unpacks it beside its place, and renames it into place. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { inspect, type LibTorch } from "../addon/libtorch.js";
import { InstallationError } from "../errors.js";
import { pipDownload } from "../pip/download.js";
import { requirePip } from "../pip/require-pip.js";
import { run } from "../pip/run.js";
import { sha256Of } from "../system/checksum.js";
import { requireSpace } from "../system/disk.js";
import { withLock } from "../system/lock.mjs";
import { cacheFolder, packageRoot } from "../system/paths.js";
import type { Python } from "../system/python.js";
import { type PinnedPlatform, pinnedChecksum, pinnedWheels } from "./pinned.js";
import type { SetupProgress } from "./types.js";

export interface FetchOptions {
  readonly from?: string;
  readonly device: "cpu" | "cuda";
  readonly index?: string;
  readonly onProgress: (progress: SetupProgress) => void;
  /** Returns the LibTorch that is in place. It is asked again once the lock is held: another set-up may have done the work. */
  readonly current: () => LibTorch | null;
  /** For tests: what is pinned for this machine. */
  readonly pinned?: PinnedPlatform;
}

/** Peak use: the wheel twice (pip's temporary copy) and, for the CPU, half a gigabyte unpacked. */
const NEEDED_BYTES = { cpu: 1.7e9, cuda: 14e9 };

const offline = "Or take a downloaded torch wheel or LibTorch archive: acinus setup --from FILE";

/** The temporary folder of one set-up, below the cache. It is removed at the end, or by the next set-up if this one is killed. */
interface Work extends FetchOptions {
  readonly python: Python;
  readonly staging: string;
}

/**
 * Returns the LibTorch that is in place afterwards. Another set-up may have put it there in the meantime.
 * @throws InstallationError
 */
export async function fetchLibTorch(options: FetchOptions): Promise<LibTorch> {
  const cache = cacheFolder();
  const python = requirePip("LibTorch");
  await requireSpace(
    cache,
    NEEDED_BYTES[options.device],
    "LibTorch",
    "Free some space, or name another folder: ACINUS_CACHE=/path",
  );
  makeCache(cache);
  return await withLock(
    join(cache, "setup.lock"),
    async () => {
      const current = options.current();
      if (current) return current;
      for (const name of readdirSync(cache)) if (name.startsWith("partial-")) remove(join(cache, name));
      const staging = join(cache, `partial-${process.pid}-${randomUUID().slice(0, 8)}`);
      mkdirSync(staging);
      try {
        return await fill(cache, { ...options, python, staging });
      } finally {
        remove(staging);
      }
    },
    (owner) => options.onProgress({ stage: "wait", message: `waiting for ${owner}, which fetches LibTorch` }),
  );
}

async function fill(cache: string, work: Work): Promise<LibTorch> {
  const tree = join(work.staging, "tree");
  const pinned = work.pinned ?? pinnedWheels();
  const first = work.from ?? (await downloadTorch(work, pinned));
  const sums = new Map<string, string>([[basename(first), await checksum(first, work, pinned)]]);
  await unpack(first, tree, work);
  for (const wheel of await companions(tree, work, pinned)) {
    sums.set(basename(wheel), await checksum(wheel, work, pinned));
    await unpack(wheel, tree, work);
  }
  const found = inspect(join(tree, "torch"), "cache");
  if ("problem" in found) {
    throw new InstallationError("ACINUS_WRONG_LIBTORCH", `${first} cannot be used: it ${found.problem}.`, { file: first });
  }
  const name = `libtorch-${found.version.split("+")[0]}-${work.device}`;
  const record = { version: found.version, device: work.device, files: Object.fromEntries(sums) };
  writeFileSync(join(tree, "acinus.json"), `${JSON.stringify(record, null, 2)}\n`, { flush: true });
  if (existsSync(join(cache, name))) renameSync(join(cache, name), join(work.staging, "replaced"));
  renameSync(tree, join(cache, name));
  writeFileSync(join(work.staging, "selected"), name);
  renameSync(join(work.staging, "selected"), join(cache, "selected"));
  return { ...found, root: join(cache, name, "torch") };
}

async function downloadTorch(work: Work, pinned: PinnedPlatform | undefined): Promise<string> {
  if (!pinned) {
    throw new InstallationError("ACINUS_SETUP", `No LibTorch is published for ${process.platform}-${process.arch}.`, {
      fix: "Build PyTorch from source and set LIBTORCH to its torch folder.",
    });
  }
  const request = {
    requirements: [pinned.torch.requirement],
    tags: pinned.tags,
    ...folders(work, "torch"),
    onProgress: work.onProgress,
    offline,
  };
  const offered = work.index && work.device === "cpu" ? work.index : undefined;
  if (offered) {
    try {
      return only(await pipDownload(work.python, { ...request, index: offered }));
    } catch {
      work.onProgress({ stage: "download", message: `${offered} did not give it; asking the configured index` });
    }
  }
  return only(await pipDownload(work.python, request));
}

/** The nvidia wheels that a CUDA torch wheel needs beside it: the runtime alone, or with `--device cuda` all it asks for. */
async function companions(tree: string, work: Work, pinned: PinnedPlatform | undefined): Promise<string[]> {
  const versionFile = join(tree, "torch", "version.py");
  const cuda = existsSync(versionFile) && /^cuda.*= '(\d+)/m.exec(readFileSync(versionFile, "utf8"))?.[1];
  if (!cuda || !pinned || pinned.runtime.length === 0) return [];
  if (cuda !== "13") {
    throw new InstallationError(
      "ACINUS_WRONG_LIBTORCH",
      `${work.from ?? "The wheel"} is a CUDA ${cuda} build; CUDA 13 and CPU builds are supported.`,
    );
  }
  const requirements = work.device === "cuda" ? cudaRequirements(tree) : pinned.runtime.map(({ requirement }) => requirement);
  const request = { requirements, tags: pinned.tags, ...folders(work, "nvidia"), onProgress: work.onProgress, offline };
  const findLinks = work.from ? dirname(work.from) : undefined;
  return await pipDownload(work.python, { ...request, findLinks, dependencies: work.device === "cuda" });
}

/** What the wheel's own metadata asks for, without the Python packages. */
export function cudaRequirements(tree: string): string[] {
  const licenses = join(tree, "licenses");
  const info = readdirSync(licenses).find((name) => name.startsWith("torch-"));
  const metadata = readFileSync(join(licenses, info ?? "", "METADATA"), "utf8");
  return [...metadata.matchAll(/^Requires-Dist: ((?:cuda-toolkit|nvidia-)[^;\n]+)/gm)].map((match) => (match[1] ?? "").trim());
}

async function checksum(file: string, work: Work, pinned: PinnedPlatform | undefined): Promise<string> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new InstallationError("ACINUS_SETUP", `${file} is not a file.`, {
      file,
      fix: "--from takes a torch wheel or an official LibTorch archive; for an unpacked one set LIBTORCH to its folder.",
    });
  }
  work.onProgress({ stage: "verify", message: basename(file) });
  const sum = await sha256Of(file);
  const name = basename(file);
  const own = [pinned?.torch, ...(pinned?.runtime ?? [])].find((wheel) => wheel?.file === name);
  const expected = own?.sha256 ?? pinnedChecksum(name);
  if (expected && expected !== sum) {
    const message = `${name} is damaged or not the published file: its SHA-256 is ${sum}, not ${expected}.`;
    throw new InstallationError("ACINUS_SETUP", message, { file, value: sum, fix: "Download it again." });
  }
  return sum;
}

async function unpack(file: string, tree: string, work: Work): Promise<void> {
  const script = join(packageRoot(), "lib", "setup", "unpack.py");
  const { status, lines } = await run(work.python.command, [script, file, tree, work.device], {
    onLine: (line) => {
      const [, done, total] = /^progress (\d+) (\d+)$/.exec(line) ?? [];
      if (total) work.onProgress({ stage: "unpack", message: basename(file), done: Number(done), total: Number(total) });
    },
  });
  if (status === 0) return;
  const reason = lines.at(-1) ?? "";
  if (status === 3) {
    throw new InstallationError("ACINUS_SETUP", `${file} is not a whole archive (${reason.replace(/^broken /, "")}).`, {
      file,
      fix: "Download it again.",
    });
  }
  throw new InstallationError(
    "ACINUS_SETUP",
    `${basename(file)} could not be unpacked into ${tree}: ${reason.replace(/^failed /, "")}.`,
    {
      file,
      fix: "Free some space, or name another folder: ACINUS_CACHE=/path",
    },
  );
}

const folders = (work: Work, name: string) => ({ destination: join(work.staging, name), temporary: join(work.staging, "pip") });

function only(wheels: string[]): string {
  const wheel = wheels.find((path) => basename(path).startsWith("torch-"));
  if (!wheel) throw new InstallationError("ACINUS_SETUP", "pip downloaded no torch wheel.");
  return wheel;
}

function makeCache(cache: string): void {
  try {
    mkdirSync(cache, { recursive: true });
  } catch (error) {
    throw new InstallationError("ACINUS_SETUP", `The cache folder ${cache} cannot be made: ${(error as Error).message}.`, {
      file: cache,
      fix: "Name another one: ACINUS_CACHE=/path",
      cause: error,
    });
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
