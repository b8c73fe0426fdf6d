import { describe } from "vitest";
import { compareKernels } from "./kernel-cases.js";

process.env.ACINUS_CPU_ISA = "baseline";
describe("the kernels for any processor", () => compareKernels("baseline"));
