/** Where the time of a row goes: on our side by perf's samples of the process, on Python's by torch.profiler; both in the same parts. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InstallationError } from "../lib/errors.js";
import type { Contender } from "./contender.js";

/** Seconds by what they were spent on, over all runs. */
export interface Sample {
  /** A symbol with its library, or an operator with the shape of its weight. */
  readonly name: string;
  readonly weight: number;
}

export interface Part {
  readonly name: string;
  readonly share: number;
  /** The largest in it. */
  readonly such: readonly string[];
}

/** Patterns for names of our functions (acinus::), LibTorch's kernels and PyTorch's operators. The first that fits gives the part. */
const parts: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["waiting for the other threads", /libgomp|sched_yield|futex/i],
  ["depthwise convolutions", /depthwise/i],
  ["attention: SE and SCSE", /scse|squeeze|channel_gate|gate_/i],
  ["batch normalisation, with its activation", /batch_?norm|collect_stats/i],
  ["edge channel", /gabor|edge_map/i],
  [
    "augmentation",
    /acinus::.*(augment|elastic|remap|displacement|smoothed|filter_(rows|columns)|symmetric_pairs|::noise|::pack\(|::unpack|interleave)/i,
  ],
  ["optimizer and clipping", /adam|foreach|_norm_kernel|vector_norm|linalg/i],
  ["convolutions (oneDNN)", /convolution|dnnl|\[JIT\]|mkldnn|gemm|mkl_/i],
  ["activations", /silu|sigmoid|relu|threshold/i],
  ["memory given and taken (system)", /\[kernel|kallsyms|malloc|madvise|munmap/i],
  ["sums and means", /sum|mean|reduce/i],
  [
    "copies, casts, concatenation, upsampling",
    /copy|cat|upsample|_to_copy|contiguous|clone|fill|zero|slice|memset|memcpy|memmove/i,
  ],
  ["elementwise products and sums", /mul|add|div|sub|VectorizedLoop|clamp|exp|log/i],
];

/** Largest part first; everything that no pattern fits is "other". */
export function partsOf(samples: readonly Sample[]): Part[] {
  const total = samples.reduce((sum, { weight }) => sum + weight, 0);
  const found = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = parts.find(([, pattern]) => pattern.test(sample.name))?.[0] ?? "other";
    found.set(name, [...(found.get(name) ?? []), sample]);
  }
  const all = [...found].map(([name, members]) => ({
    name,
    share: members.reduce((sum, { weight }) => sum + weight, 0) / total,
    such: members
      .toSorted((a, b) => b.weight - a.weight)
      .slice(0, 3)
      .map((member) => member.name),
  }));
  return all.sort((a, b) => b.share - a.share);
}

/** Samples of the process while it runs its job `runs` times. @throws InstallationError without perf. */
export async function perfSamples(contender: Contender, runs: number): Promise<Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), "acinus-perf-"));
  const file = join(folder, "perf.data");
  try {
    const args = ["record", "--quiet", "-F", "499", "-p", String(contender.pid), "-o", file];
    const recorder = spawn("perf", args, { stdio: "ignore" });
    const ended = new Promise<string | null>((resolve) => {
      recorder.once("error", (error) => resolve(error.message));
      recorder.once("close", (code) => resolve(code === 0 || code === 130 ? null : `it ended with code ${code}`));
    });
    await contender.run(runs);
    recorder.kill("SIGINT");
    const problem = await ended;
    const report = ["report", "-i", file, "--stdio", "--no-children", "-g", "none", "-F", "overhead,dso,symbol", "-t", "|"];
    const { stdout } = spawnSync("perf", report, { encoding: "utf8", maxBuffer: 1 << 28 });
    const samples = parsePerf(stdout ?? "");
    if (samples.length > 0) return samples;
    throw new InstallationError("ACINUS_SETUP", `perf could not sample the process${problem ? `: ${problem}` : ""}.`, {
      fix: "Install it (Debian: linux-perf) and allow it: sysctl kernel.perf_event_paranoid=2",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lines of `perf report`: `12.30% |libtorch_cpu.so|[.] symbol`. */
export function parsePerf(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const found = /^\s*([\d.]+)%\s*\|\s*(.*?)\s*\|\s*(.*?)\s*$/.exec(line);
    return found ? [{ name: `${found[2]} ${found[3]?.replace(/^\[.\] /, "")}`, weight: Number(found[1]) }] : [];
  });
}

export function profileText(title: string, found: readonly Part[]): string {
  const lines = found
    .filter(({ share }) => share >= 0.005)
    .map(
      ({ name, share, such }) =>
        `  ${(100 * share).toFixed(1).padStart(5)} %  ${name.padEnd(42)} ${such.map(short).join("; ")}`,
    );
  return [title, ...lines].join("\n");
}

/** The last part of a symbol's name, without templates and arguments. */
function short(name: string): string {
  const plain = name.replace(/\(anonymous namespace\)/g, "").replace(/\(.*$/, "");
  return plain.length > 60 ? `${plain.slice(0, 57)}…` : plain;
}
