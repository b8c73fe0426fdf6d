import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { searchLibTorch } from "../../lib/addon/libtorch.js";
import { cudaRequirements, type FetchOptions, fetchLibTorch } from "../../lib/setup/fetch.js";
import type { SetupProgress } from "../../lib/setup/types.js";
import { requireSpace } from "../../lib/system/disk.js";
import { temporary } from "../temporary.js";
import { emptyMachine, type FakePip, fakeArchive, fakePython, fakeTorchFiles, fakeWheels } from "./fakes.js";

/** An empty cache, fake wheels, and a pip that hands them out. */
function machine(pip: Partial<FakePip> = {}) {
  const cache = emptyMachine();
  const wheels = join(temporary(), "wheels");
  const pinned = fakeWheels(wheels);
  const log = join(wheels, "log");
  fakePython(temporary(), { wheels, log, ...pip });
  const events: SetupProgress[] = [];
  const fetch = (options: Partial<FetchOptions> = {}) =>
    fetchLibTorch({ device: "cpu", pinned, current: () => null, onProgress: (event) => events.push(event), ...options });
  return { cache, wheels, pinned, log, events, fetch };
}

const nothingLeft = (cache: string) => expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);

describe("fetching LibTorch", () => {
  it("keeps what the CPU needs, the CUDA runtime beside it, and no CUDA libraries", async () => {
    const { cache, fetch } = machine();
    const libtorch = await fetch();
    const folder = join(cache, "libtorch-2.13.0-cpu");
    expect(libtorch).toEqual({ root: join(folder, "torch"), version: "2.13.0+cu130", source: "cache", cuda: false });
    const files = (readdirSync(folder, { recursive: true, withFileTypes: true }) as { name: string; isFile(): boolean }[])
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
    expect(files.sort()).toEqual(
      [
        "METADATA",
        "acinus.json",
        "libc10.so",
        "libcudart.so.13",
        "libcupti.so.13",
        "libgomp.so.1",
        "libtorch_cpu.so",
        "torch.h",
        "version.py",
      ].sort(),
    );
    expect(searchLibTorch().found).toEqual(libtorch);
    expect(readdirSync(cache).sort()).toEqual(["libtorch-2.13.0-cpu", "selected"]);
  });

  it("writes down the checksums of what it unpacked", async () => {
    const { cache, fetch, pinned } = machine();
    await fetch();
    const record = JSON.parse(readFileSync(join(cache, "libtorch-2.13.0-cpu", "acinus.json"), "utf8"));
    const expected = [pinned.torch, ...pinned.runtime].map(({ file, sha256 }) => [file, sha256]);
    expect(record.files).toEqual(Object.fromEntries(expected));
  });

  it("tells what it downloads and unpacks, with amounts", async () => {
    const { events, fetch } = machine();
    await fetch();
    expect(events.find(({ stage, total }) => stage === "download" && total === 1000)?.message).toMatch(/^torch-2\.13\.0/);
    const unpacked = events.filter(({ stage }) => stage === "unpack");
    expect(unpacked.at(-1)?.done).toBe(unpacked.at(-1)?.total);
  });

  it("refuses a wheel whose checksum is not the pinned one, and leaves nothing", async () => {
    const { cache, wheels, pinned, fetch } = machine();
    fakeArchive(join(wheels, pinned.torch.file), { "torch/version.py": "__version__ = '2.13.0'  # tampered with" });
    await expect(fetch()).rejects.toThrow(
      /torch-2\.13\.0.* is damaged or not the published file: its SHA-256 is [0-9a-f]{64}, not/,
    );
    nothingLeft(cache);
  });

  it("keeps the CUDA libraries and asks for what the wheel's metadata names with device cuda", async () => {
    const { cache, wheels, log, fetch } = machine();
    fakeArchive(join(wheels, "cuda_toolkit-13.0.3-py3-none-any.whl"), { "nvidia/cu13/lib/libcublas.so.13": "cublas" });
    fakeArchive(join(wheels, "nvidia_nccl_cu13-2.29.7-py3-none-any.whl"), { "nvidia/nccl/lib/libnccl.so.2": "nccl" });
    const libtorch = await fetch({ device: "cuda" });
    expect(libtorch.cuda).toBe(true);
    expect(readFileSync(log, "utf8")).toContain("start cuda-toolkit[cublas,cudart]==13.0.3 nvidia-nccl-cu13==2.29.7\n");
    expect(cudaRequirements(join(cache, "libtorch-2.13.0-cuda"))).toEqual([
      "cuda-toolkit[cublas,cudart]==13.0.3",
      "nvidia-nccl-cu13==2.29.7",
    ]);
    for (const file of ["nvidia/nccl/lib/libnccl.so.2", "nvidia/cu13/lib/libcublas.so.13", "torch/lib/libtorch_cuda.so"]) {
      expect(existsSync(join(cache, "libtorch-2.13.0-cuda", file))).toBe(true);
    }
  });

  it("asks an index that is offered first, and falls back to the configured one", async () => {
    const { log, fetch } = machine({ failure: "index" });
    await fetch({ index: "some-index" });
    expect(readFileSync(log, "utf8").split("\n").slice(0, 2)).toEqual([
      "start torch==2.13.0 from index",
      "start torch==2.13.0",
    ]);
  });

  it("takes a wheel with --from, and its CUDA runtime from beside it or from pip", async () => {
    const { wheels, pinned, log, fetch } = machine();
    const libtorch = await fetch({ from: join(wheels, pinned.torch.file) });
    expect(libtorch.version).toBe("2.13.0+cu130");
    expect(readFileSync(log, "utf8").split("\n")[0]).toBe("start nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85");
  });

  it("takes an official archive with --from, without pip", async () => {
    const { cache, wheels, log, fetch } = machine();
    const files = Object.entries(fakeTorchFiles("2.12.0+cpu", "build-version")).map(([name, text]) => [
      `libtorch/${name}`,
      text,
    ]);
    const archive = fakeArchive(join(wheels, "libtorch-shared-with-deps-2.12.0+cpu.zip"), Object.fromEntries(files));
    const libtorch = await fetch({ from: archive });
    expect(libtorch).toMatchObject({ root: join(cache, "libtorch-2.12.0-cpu", "torch"), version: "2.12.0+cpu" });
    expect(existsSync(log)).toBe(false);
  });

  it("refuses half an archive, a wrong version and a folder, each by name", async () => {
    const { cache, wheels, pinned, fetch } = machine();
    const half = fakeArchive(join(wheels, "half.whl"), { "torch/version.py": "x".repeat(10_000) });
    truncateSync(half, 60);
    await expect(fetch({ from: half })).rejects.toThrow(/half\.whl is not a whole archive/);
    const files = Object.entries(fakeTorchFiles("2.9.1")).map(([name, text]) => [`torch/${name}`, text]);
    const old = fakeArchive(join(wheels, "old.whl"), Object.fromEntries(files));
    await expect(fetch({ from: old })).rejects.toThrow(
      /old\.whl cannot be used: it is LibTorch 2\.9\.1, supported are 2\.11 to 2\.14/,
    );
    await expect(fetch({ from: wheels })).rejects.toThrow(/is not a file.*LIBTORCH/);
    const corrupt = join(wheels, pinned.torch.file);
    writeFileSync(corrupt, "not even a zip");
    await expect(fetch({ from: corrupt })).rejects.toThrow(/damaged/);
    nothingLeft(cache);
  });

  it("removes what a killed set-up left behind", async () => {
    const { cache, fetch } = machine();
    mkdirSync(join(cache, "partial-99999-dead"), { recursive: true });
    await fetch();
    expect(readdirSync(cache).sort()).toEqual(["libtorch-2.13.0-cpu", "selected"]);
  });

  it("replaces what is in place only when the new one is whole", async () => {
    const { cache, wheels, pinned, fetch } = machine();
    await fetch();
    const inPlace = searchLibTorch().found;
    writeFileSync(join(wheels, pinned.torch.file), "broken");
    await expect(fetch()).rejects.toThrow(/damaged/);
    expect(searchLibTorch().found).toEqual(inPlace);
    expect(existsSync(join(cache, "libtorch-2.13.0-cpu", "nvidia", "cu13", "lib", "libcudart.so.13"))).toBe(true);
  });
});

describe("what set-up says when it cannot go on", () => {
  it("names the missing Python and how to install it", async () => {
    const { fetch } = machine();
    vi.stubEnv("ACINUS_PYTHON", "/nowhere/python3");
    await expect(fetch()).rejects.toThrow(
      /Python 3 is needed .* \(tried ACINUS_PYTHON=\/nowhere\/python3\)\. Install it with: \S+/,
    );
  });

  it("names the missing pip and how to install it", async () => {
    const { fetch } = machine({ noPip: true });
    await expect(fetch()).rejects.toThrow(/pip is needed .*fake-python\.cjs \(3\.\d+\.\d+\) has none\. Install it with: .*pip/);
  });

  it("says that there is no network, and how to do without", async () => {
    const failure =
      "WARNING: Retrying after connection broken by 'NewConnectionError(Failed to establish a new connection: [Errno -2] Name or service not known)'";
    const { cache, fetch } = machine({ failure });
    await expect(fetch()).rejects.toThrow(/^No network: pip could not download torch==2\.13\.0\. .*--from FILE/s);
    nothingLeft(cache);
  });

  it("says that the disk filled up", async () => {
    const { fetch } = machine({
      failure: "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    });
    await expect(fetch()).rejects.toThrow(/The disk filled up .*ACINUS_CACHE=/);
  });

  it("shows pip's own words for anything else, and the command to try", async () => {
    const { fetch } = machine({ failure: "ERROR: something nobody foresaw" });
    await expect(fetch()).rejects.toThrow(/something nobody foresaw\n.*Try it by hand: .*-m pip download/s);
  });

  it("says how much disk space is needed and how much there is before it starts", async () => {
    await expect(requireSpace(join(temporary(), "not", "yet"), 1e18, "LibTorch")).rejects.toThrow(
      /Not enough disk space for LibTorch: 1000000000\.0 GB needed, \d+\.\d GB free in/,
    );
  });
});
