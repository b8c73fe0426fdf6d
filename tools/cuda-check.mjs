/**
 * Compiles all CUDA kernels with nvcc, without a GPU: `node tools/cuda-check.mjs`. Prints of each kernel and kind of card the registers
 * of a thread, the shared memory of a block, and the occupancy that follows from them: the share of a multiprocessor's threads
 * that can be resident. Fails where a kernel does not compile or spills registers to memory. The compiler comes from the pip client, once,
 * into .acinus/, checked by its sums.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const toolkit = join(root, ".acinus", "cuda-13.0");
const REQUIREMENTS = [
  "nvidia-cuda-nvcc==13.0.88 --hash=sha256:56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03",
  "nvidia-nvvm==13.0.88 --hash=sha256:c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0",
  "nvidia-cuda-crt==13.0.88 --hash=sha256:2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4",
  "nvidia-cuda-cccl==13.0.85 --hash=sha256:e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649",
  "nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
];

/** Of a multiprocessor (CUDA C++ Programming Guide, table of compute capabilities). Each has 65536 registers. */
const CARDS = [
  { arch: "80", threads: 2048, blocks: 32, shared: 164 * 1024 },
  { arch: "86", threads: 1536, blocks: 16, shared: 100 * 1024 },
  { arch: "89", threads: 1536, blocks: 24, shared: 100 * 1024 },
  { arch: "90", threads: 2048, blocks: 32, shared: 228 * 1024 },
  { arch: "100", threads: 2048, blocks: 32, shared: 228 * 1024 },
  { arch: "120", threads: 1536, blocks: 24, shared: 100 * 1024 },
];
const THREADS = 256; // of every block (native/cuda/device.cuh)

const temporary = mkdtempSync(join(tmpdir(), "acinus-cuda-"));
try {
  if (!existsSync(toolkit)) install();
  process.exitCode = await checkAll();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function install() {
  const python = process.env.ACINUS_PYTHON ?? "python3";
  const partial = `${toolkit}.partial-${process.pid}`;
  const list = join(temporary, "requirements.txt");
  mkdirSync(dirname(toolkit), { recursive: true });
  writeFileSync(list, `${REQUIREMENTS.join("\n")}\n`);
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
  const { status, error } = spawnSync(python, [...args, "--target", partial, "-r", list], { stdio: "inherit" });
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(`The CUDA compiler could not be installed by ${python} -m pip${error ? ` (${error.message})` : ""}.`);
  }
  renameSync(partial, toolkit);
}

async function checkAll() {
  const folder = join(root, "native", "cuda");
  const waiting = readdirSync(folder)
    .filter((name) => name.endsWith(".cu"))
    .flatMap((name) => CARDS.map(({ arch }) => ({ name, arch })));
  /** @type {Map<string, Map<string, { registers: number, shared: number, spilled: number }>>} */
  const kernels = new Map();
  const failures = /** @type {string[]} */ ([]);
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const { status, output } = await compile(join(folder, job.name), job.arch);
      if (status !== 0) failures.push(`${job.name} does not compile for sm_${job.arch}:\n${output}`);
      for (const [kernel, use] of usesOf(output)) {
        if (use.spilled > 0) failures.push(`${kernel} spills ${use.spilled} bytes on sm_${job.arch}`);
        kernels.set(kernel, (kernels.get(kernel) ?? new Map()).set(job.arch, use));
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  print(kernels);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  process.stdout.write(`${kernels.size} kernels for ${CARDS.length} kinds of cards, ${failures.length} problems\n`);
  return failures.length === 0 && kernels.size > 0 ? 0 : 1;
}

/** @param {string} source @param {string} arch @returns {Promise<{ status: number, output: string }>} */
function compile(source, arch) {
  const nvcc = join(toolkit, "nvidia", "cu13", "bin", "nvcc");
  const args = ["-std=c++20", "-O3", "-I", join(root, "native"), `-arch=sm_${arch}`, "-Xptxas", "-v", "-Xcompiler", "-fPIC"];
  return new Promise((resolve) => {
    const child = spawn(nvcc, [...args, "-c", source, "-o", join(temporary, `${source.split("/").at(-1)}.${arch}.o`)]);
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("error", (error) => resolve({ status: 1, output: error.message }));
    child.on("close", (status) => resolve({ status: status ?? 1, output }));
  });
}

/** What ptxas says of each kernel. @param {string} output */
function usesOf(output) {
  const uses = new Map();
  for (const part of output.split("Compiling entry function '").slice(1)) {
    const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(part)?.[1] ?? 0);
    const spilled = number(/(\d+) bytes spill stores/) + number(/(\d+) bytes spill loads/);
    const kernel = part.slice(0, part.indexOf("'"));
    uses.set(kernel, { registers: number(/Used (\d+) registers/), shared: number(/(\d+) bytes smem/), spilled });
  }
  return uses;
}

/** Percent. @param {{ registers: number, shared: number }} use @param {typeof CARDS[number]} card */
function occupancy({ registers, shared }, card) {
  const warps = THREADS / 32;
  const byRegisters = Math.floor(65536 / (Math.ceil((registers * 32) / 256) * 256 * warps));
  const byShared = Math.floor(card.shared / (shared + 1024)); // a block reserves 1 KB
  const resident = Math.min(card.blocks, Math.floor(card.threads / THREADS), byRegisters, byShared);
  return Math.round((100 * resident * THREADS) / card.threads);
}

/** @param {Map<string, Map<string, { registers: number, shared: number, spilled: number }>>} kernels */
function print(kernels) {
  const names = spawnSync("c++filt", { input: [...kernels.keys()].join("\n"), encoding: "utf8" }).stdout?.split("\n") ?? [];
  const rows = [...kernels].map(([mangled, uses], i) => {
    const name = (names[i] || mangled)
      .replace(/^void /, "")
      .replaceAll("acinus::cuda::", "")
      .replace(/\(.*$/, "");
    const cells = CARDS.map((card) => {
      const use = uses.get(card.arch);
      return use ? `${use.registers}, ${use.shared}, ${occupancy(use, card)} %` : "–";
    });
    return [name, ...cells];
  });
  const table = [["registers, shared bytes, occupancy", ...CARDS.map(({ arch }) => `sm_${arch}`)], ...rows.sort()];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  for (const row of table)
    process.stdout.write(
      `${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
}
