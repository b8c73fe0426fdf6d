/** What a row is measured under, and what it gives. */
import type { Agreement } from "./agreement.js";
import type { Inputs, WeightsProgram } from "./inputs.js";
import type { Ready, Report } from "./protocol.js";
import type { Row } from "./rows.js";
import type { Summary } from "./statistics.js";

/** Programs of the two sides; both are given the job, and Python its settings. */
export interface Programs {
  readonly acinus: readonly [command: string, ...args: string[]];
  readonly python: readonly [command: string, ...args: string[]];
  readonly weights: WeightsProgram;
}

export interface Conditions {
  readonly threads: number;
  /** Every side runs once in each round; the side that begins changes. */
  readonly rounds: number;
  /** Runs per side and round; the row's own number when undefined. */
  readonly runs?: number;
  readonly seed: number;
  readonly against: "defaults" | "best" | "both";
  /** Takes this for Python's best instead of trying the candidates. */
  readonly best?: string;
}

export interface SideResult {
  readonly seconds: Summary;
  /** Slowest round over fastest. */
  readonly spread: number;
  readonly peakMemory: number | null;
  readonly eventLoopLag: Report["eventLoopLag"];
  readonly versions: Ready["versions"];
  readonly parameters: number;
  readonly threads: number;
}

export interface PythonResult extends SideResult {
  readonly settings: string;
  /** Python's seconds over ours. */
  readonly speedup: Summary;
  /** Our peak memory over Python's. */
  readonly memory: number | null;
  readonly agreements: readonly Agreement[];
}

/** Seconds of one candidate, the fastest of a few runs, or why it did not run to the end. */
export type Trial = { readonly settings: string } & ({ readonly seconds: number } | { readonly failure: string });

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly size: number | "real";
  readonly batch: number;
  readonly precision: string;
  readonly conditions: Conditions;
  readonly acinus: SideResult;
  readonly python: { readonly defaults?: PythonResult; readonly best?: PythonResult };
  /** Every candidate for Python's best. */
  readonly trials: readonly Trial[];
  readonly aims: Row["aims"];
  readonly noisy: boolean;
  readonly agrees: boolean;
}

/** What a row needs of the run that it is part of. */
export interface Surroundings {
  readonly programs: Programs;
  readonly inputs: Inputs;
  readonly say?: (text: string) => void;
  /** Ends both sides at once. */
  readonly signal?: AbortSignal;
}
