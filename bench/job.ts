/** What both sides are told to do: the same job, handed to either process as JSON. */

/** `start` measures the start of a process, so it is not sent to a waiting one: see start.ts. */
export type Work = "step" | "epoch" | "predict" | "slide" | "edges" | "augment" | "start";
export type BenchPrecision = "fp32" | "bf16";

export interface Job {
  readonly work: Work;
  readonly threads: number;
  /** Seeds everything random. */
  readonly seed: number;
  /** acinus's precision; Python's is one of its settings. */
  readonly precision: BenchPrecision;
  readonly encoder: string;
  /** A .safetensors file that both sides start from; empty where no network is in play. */
  readonly weights: string;
  /** Folder with train/ and val/, each with images/ and masks/ of PNG files; of a slide, with slide.tif. */
  readonly data: string;
  /** Of `slide`: glass without tissue, or tissue everywhere. */
  readonly slide?: "empty" | "full";
  readonly batch: number;
  /** Batches in one run of augmentation: enough for the random draws to average out. */
  readonly batches: number;
  /** Sevenfold test-time augmentation. */
  readonly tta: boolean;
  /** Elastic deformation with the method's probability (0.3), or of every image. */
  readonly elastic: "sometimes" | "always";
}

/** How the Python side runs a job. The defaults are what a user gets who sets nothing. */
export interface PythonSettings {
  readonly precision: BenchPrecision;
  readonly layout: "contiguous" | "channels-last";
  /** `kept`: glibc keeps freed memory instead of returning it to the system. */
  readonly heap: "default" | "kept";
  readonly compile: boolean;
  readonly fusedOptimizer: boolean;
  /** What runs the network when predicting. */
  readonly engine: "torch" | "onnxruntime";
  /** Processes of the DataLoader; 0 loads in the training process. */
  readonly workers: number;
  /** How the responses of the Gabor bank are computed. */
  readonly edges: "opencv" | "conv2d" | "rfft2";
  /** Smooths the elastic field with a box instead of a Gaussian (albumentations' own shortcut). */
  readonly approximate: boolean;
}

export const pythonDefaults: PythonSettings = {
  precision: "fp32",
  layout: "contiguous",
  heap: "default",
  compile: false,
  fusedOptimizer: false,
  engine: "torch",
  workers: 0,
  edges: "opencv",
  approximate: false,
};

const words: { [Key in keyof PythonSettings]: (value: PythonSettings[Key]) => string } = {
  precision: String,
  layout: String,
  heap: (heap) => `heap ${heap}`,
  compile: () => "torch.compile",
  fusedOptimizer: () => "fused AdamW",
  engine: String,
  workers: (workers) => `${workers} workers`,
  edges: String,
  approximate: () => "approximate",
};

/** `defaults`, or what differs from them: `channels-last, heap kept`. */
export function describeSettings(settings: PythonSettings): string {
  const differing = (Object.keys(words) as (keyof PythonSettings)[]).filter((key) => settings[key] !== pythonDefaults[key]);
  const parts = differing.map((key) => (words[key] as (value: unknown) => string)(settings[key]));
  return parts.length > 0 ? parts.join(", ") : "defaults";
}

/** Larger thresholds than these overflow in glibc and are ignored. */
const keptHeap = { MALLOC_TRIM_THRESHOLD_: "4294967296", MALLOC_MMAP_THRESHOLD_: "4294967296", MALLOC_TOP_PAD_: "67108864" };

/** The environment of a side's process. PyTorch reads the number of threads at its first parallel region. */
export function environmentOf(threads: number, settings: PythonSettings = pythonDefaults): NodeJS.ProcessEnv {
  const quiet = { NO_ALBUMENTATIONS_UPDATE: "1", PYTHONWARNINGS: "ignore" };
  return { OMP_NUM_THREADS: String(threads), ...quiet, ...(settings.heap === "kept" ? keptHeap : {}) };
}
