/** The rows of the table: each is a job for both sides, with tolerances for comparing their results, and aims. */
import type { Tolerances } from "./agreement.js";
import { type BenchPrecision, type Job, type PythonSettings, pythonDefaults } from "./job.js";
import type { Machine } from "./machine.js";

/** Ratios are Python's seconds over ours, or our memory over Python's. */
export interface Aims {
  readonly defaults?: number;
  readonly best?: number;
  /** Largest number of our seconds, whatever Python takes. */
  readonly seconds?: number;
  readonly memoryDefaults?: number;
  readonly memoryBest?: number;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly job: Omit<Job, "threads" | "seed" | "weights" | "data">;
  /** Side of the synthetic square images, px; "real" takes fluorescence tiles of 128 px where there are any. */
  readonly size: number | "real";
  /** The settings from which Python's best is chosen. */
  readonly candidates: readonly PythonSettings[];
  /** For results that both sides compute from the same input. */
  readonly tolerances: Tolerances;
  /**
   * For results that are only compared with a side of the same precision and layout (race.ts): the gradient norm of the first step. Rounding
   * to bfloat16 moves PyTorch's own norm by up to a third, and its channels-last layout moves it by up to 3 % in float32. Later norms say
   * nothing: AdamW divides small gradients by small gradients.
   */
  readonly likeTolerances?: Tolerances;
  /** For results of the timed runs, which depend on each side's own random draws. */
  readonly runTolerances?: Tolerances;
  readonly aims: Aims;
  /** Runs of each side in a round. */
  readonly runs: number;
}

const python = (settings: Partial<PythonSettings>): PythonSettings => ({ ...pythonDefaults, ...settings });
const work = (kind: Job["work"], rest: Partial<Row["job"]>): Row["job"] => ({
  work: kind,
  precision: "fp32",
  encoder: "",
  batch: 1,
  batches: 1,
  tta: false,
  elastic: "sometimes",
  ...rest,
});

/** The settings that a Python user can choose, in the combinations that make sense; bf16 only against bf16. */
function trainingCandidates(precision: BenchPrecision, compile: boolean, workers: readonly number[] = [0]): PythonSettings[] {
  const precisions: BenchPrecision[] = precision === "bf16" ? ["bf16", "fp32"] : ["fp32"];
  const out: PythonSettings[] = [];
  for (const each of precisions) {
    for (const layout of ["channels-last", "contiguous"] as const) {
      for (const count of workers) {
        const kept = { precision: each, layout, workers: count, heap: "kept", fusedOptimizer: true } as const;
        out.push(python(kept));
        if (compile) out.push(python({ ...kept, compile }));
      }
    }
  }
  return out;
}

function predictingCandidates(precision: BenchPrecision): PythonSettings[] {
  const fp32 = [
    python({ engine: "onnxruntime" }),
    python({ compile: true, heap: "kept" }),
    python({ layout: "channels-last", heap: "kept" }),
    python({ layout: "channels-last", heap: "kept", compile: true }),
  ];
  if (precision === "fp32") return fp32;
  return [...fp32, ...fp32.slice(1).map((settings) => ({ ...settings, precision }))];
}

// bfloat16 moves the norm of a step: LibTorch's own operators by -20 to +29 % of five float32 norms (bench/method.md).
const stepTolerances: Record<BenchPrecision, Pick<Row, "tolerances" | "likeTolerances">> = {
  fp32: { tolerances: { losses: { relative: 1e-3 } }, likeTolerances: { "gradient norm": { relative: 5e-3 } } },
  bf16: { tolerances: { losses: { relative: 2e-2 } }, likeTolerances: { "gradient norm": { relative: 0.35 } } },
};
const predictTolerances: Record<BenchPrecision, Tolerances> = {
  fp32: { probabilities: { absolute: 1e-3 } },
  bf16: { probabilities: { absolute: 5e-2 } },
};

export interface Variation {
  /** Also try torch.compile in training: minutes of compilation for each network. */
  readonly compile?: boolean;
  readonly encoder?: string;
  readonly size?: number;
  readonly batch?: number;
  readonly precision?: BenchPrecision;
}

/** The whole table for this machine. `variation` replaces what the step and predict rows run. */
export function allRows(machine: Pick<Machine, "features">, variation: Variation = {}): Row[] {
  const amx = machine.features.includes("amx_bf16");
  return [
    ...[steps("b7", "fp32", amx), steps("b7", "bf16", amx), steps("b0", "fp32", amx), steps("b0", "bf16", amx)],
    ...[epoch("fp32"), epoch("bf16")],
    ...[predicting(false, "fp32"), predicting(true, "fp32"), predicting(false, "bf16"), predicting(true, "bf16")],
    ...[sliding("empty"), sliding("full")],
    {
      name: "edges",
      title: "Gabor edge map, 512×512",
      job: work("edges", {}),
      size: 512,
      candidates: [python({ edges: "rfft2" }), python({ edges: "conv2d" })],
      tolerances: { edges: { absolute: 1e-3 } },
      aims: { defaults: 10, seconds: 0.01 },
      runs: 10,
    },
    {
      name: "start",
      title: "From the command to the first training step, efficientnet-b7, 128×128, weights from a file",
      job: work("start", { encoder: "efficientnet-b7" }),
      size: 128,
      candidates: [],
      tolerances: { "first loss": { relative: 1e-3 } },
      aims: { defaults: 2 },
      runs: 1,
    },
    augmenting("sometimes"),
    augmenting("always"),
    ...[128, 256, 512, 1024].map((size) => scaling(size, 1)),
    ...[2, 4, 8, 16].map((batch) => scaling(256, batch)),
  ];

  function steps(case_: "b7" | "b0", ownPrecision: BenchPrecision, amx: boolean): Row {
    const paper = case_ === "b7";
    const precision = variation.precision ?? ownPrecision;
    const encoder = variation.encoder ?? `efficientnet-${case_}`;
    const [size, batch] = [variation.size ?? (paper ? 512 : 128), variation.batch ?? (paper ? 1 : 8)];
    const b7 = amx && precision === "bf16" ? { defaults: 5, best: 3 } : { defaults: 4.5, best: 1.6 };
    return {
      name: `step-${case_}${ownPrecision === "bf16" ? "-bf16" : ""}`,
      title: `Training step, UNet++ on ${encoder}, ${size}×${size}, batch ${batch}, ${precision}`,
      job: work("step", { precision, encoder, batch }),
      size,
      candidates: trainingCandidates(precision, variation.compile ?? false),
      ...stepTolerances[precision],
      aims: paper ? { ...b7, memoryDefaults: 0.5, memoryBest: 0.7 } : { defaults: 3, best: 2 },
      runs: paper ? 1 : 4,
    };
  }

  function epoch(precision: BenchPrecision): Row {
    return {
      name: precision === "bf16" ? "epoch-bf16" : "epoch",
      title: `Epoch from PNG files with augmentation, edge channel and validation, efficientnet-b0, batch 8, ${precision}`,
      job: work("epoch", { precision, encoder: "efficientnet-b0", batch: 8 }),
      size: "real",
      candidates: trainingCandidates(precision, variation.compile ?? false, [0, 2]),
      tolerances: { images: { absolute: 0 }, "cell pixels": { relative: 1e-6 } },
      runTolerances: { loss: { relative: 0.1 } },
      aims: { defaults: 4, best: 2 },
      runs: 1,
    };
  }

  function predicting(tta: boolean, ownPrecision: BenchPrecision): Row {
    const precision = variation.precision ?? ownPrecision;
    const [encoder, size] = [variation.encoder ?? "efficientnet-b7", variation.size ?? 512];
    return {
      name: `predict-b7${tta ? "-tta" : ""}${ownPrecision === "bf16" ? "-bf16" : ""}`,
      title: `Inference, UNet++ on ${encoder}, ${size}×${size}, ${tta ? "7-fold TTA, " : ""}${precision}`,
      job: work("predict", { precision, encoder, tta }),
      size,
      candidates: predictingCandidates(precision),
      tolerances: predictTolerances[precision],
      aims: { defaults: 3, best: 1.2 },
      runs: tta ? 1 : 3,
    };
  }

  function sliding(slide: "empty" | "full"): Row {
    const probabilities = { probabilities: { absolute: 1e-3 } };
    return {
      name: `slide-${slide}`,
      title: `${slide === "full" ? "Full" : "Empty"} slide, 2048×2048 TIFF to mask in tiles of 512, UNet++ on efficientnet-b0, fp32`,
      job: work("slide", { encoder: "efficientnet-b0", slide }),
      size: 2048,
      candidates: [python({ layout: "channels-last", heap: "kept" })],
      tolerances: { pixels: { absolute: 0 }, ...(slide === "full" ? probabilities : {}) },
      aims: { defaults: 3 },
      runs: 1,
    };
  }

  function scaling(size: number, batch: number): Row {
    return {
      name: `scaling-${size}x${batch}`,
      title: `Training step, UNet++ on efficientnet-b0, ${size}×${size}, batch ${batch}, fp32`,
      job: work("step", { encoder: "efficientnet-b0", batch }),
      size,
      candidates: trainingCandidates("fp32", false).slice(0, 1),
      ...stepTolerances.fp32,
      aims: {},
      runs: 2,
    };
  }
}

function augmenting(elastic: "sometimes" | "always"): Row {
  const always = elastic === "always";
  const batches = always ? 1 : 32;
  return {
    name: always ? "augment-elastic" : "augment",
    title: `Augmentation of ${always ? "a batch" : `${batches} batches`} of 4, 512×512, elastic ${always ? "always" : "with p 0.3"}`,
    job: work("augment", { batch: 4, batches, elastic }),
    size: 512,
    candidates: [python({ approximate: true })],
    // Means over many draws; each side draws its own.
    tolerances: { "mean grey level": { relative: 0.02 }, "cell share": { relative: 0.05 } },
    aims: { defaults: 3 },
    runs: always ? 8 : 2,
  };
}

/** The rows with these names. A name that is no row's means all rows that begin with it and a dash: `step` means every training step. Without names, all rows. */
export function chosen(rows: readonly Row[], names: readonly string[]): Row[] {
  if (names.length === 0) return [...rows];
  const exact = new Set(rows.map(({ name }) => name));
  return rows.filter((row) => names.some((name) => (exact.has(name) ? row.name === name : row.name.startsWith(`${name}-`))));
}
