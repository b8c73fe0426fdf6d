import { readFileSync } from "node:fs";
import { describe } from "vitest";
import { compareKernels } from "./kernel-cases.js";

process.env.ACINUS_CPU_ISA = "avx512";
const flags =
  process.platform === "linux" ? (/^flags.*/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0].split(" ") ?? []) : [];
const present = ["avx512f", "avx512bw", "avx512dq", "avx512vl"].every((flag) => flags.includes(flag));

describe.skipIf(!present)("the AVX-512 kernels (skipped on a processor without it)", () => compareKernels("avx512"));
