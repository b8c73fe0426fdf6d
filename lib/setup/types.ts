/** The words that set-up, loading and `acinus doctor` share. */

/** Where a LibTorch was found; the order is the order of resolution. */
export type LibTorchSource = "LIBTORCH" | "cache" | "python";

/** A LibTorch on this machine. */
export interface LibTorch {
  /** Folder with `include/` and `lib/`. */
  readonly root: string;
  /** As LibTorch names itself, for example `2.13.0+cu130`. */
  readonly version: string;
  readonly source: LibTorchSource;
  /** True when its CUDA libraries are there. */
  readonly cuda: boolean;
}

/** The two `.node` files and where they come from. */
export interface AddonFiles {
  readonly addon: string;
  readonly loader: string;
  readonly origin: "prebuilt" | "build";
}

export interface SetupProgress {
  readonly stage: "wait" | "download" | "verify" | "unpack" | "compile";
  /** What is being worked on: a file, or the compiler's step. */
  readonly message: string;
  /** Bytes (download, unpack) or steps (compile); both absent where the amount is unknown. */
  readonly done?: number;
  readonly total?: number;
  /** Seconds left, where it can be told. */
  readonly eta?: number;
}

export interface SetupOptions {
  /** A torch wheel or an official LibTorch archive to take instead of downloading. */
  readonly from?: string;
  /** `cpu` (default) keeps no CUDA libraries; `cuda` fetches them all (about 5 GB). */
  readonly device?: "cpu" | "cuda";
  /** A package index that pip asks first; the configured one is the fall-back. Default: `ACINUS_PIP_INDEX`. */
  readonly index?: string;
  /** Fetch and compile again even where everything is current. */
  readonly force?: boolean;
  readonly onProgress?: (progress: SetupProgress) => void;
}

export interface SetupResult {
  readonly libtorch: LibTorch;
  readonly addon: AddonFiles;
  /** What had to be done; both false when everything was current. */
  readonly fetched: boolean;
  readonly compiled: boolean;
  readonly seconds: number;
}

export interface DoctorOptions {
  /** Train two steps of a small network on `device`. */
  readonly selfTest?: boolean;
  readonly device?: "cpu" | "cuda";
}

export interface DoctorCheck {
  readonly name: string;
  /** `warning`: works, but something is missing that may be wanted. */
  readonly status: "ok" | "warning" | "error";
  readonly detail: string;
  /** The command that mends it. */
  readonly fix?: string;
}

export interface DoctorReport {
  /** True when training would start: no check says `error`. */
  readonly ok: boolean;
  readonly version: string;
  readonly checks: readonly DoctorCheck[];
  readonly libtorch: LibTorch | null;
  readonly addon: AddonFiles | null;
  readonly cudaDevices: readonly { name: string; totalMemory: number }[];
  readonly selfTest: { device: string; losses: readonly number[]; seconds: number } | null;
}
