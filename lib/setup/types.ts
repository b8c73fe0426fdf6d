/** What set-up is asked for, and what it says. */
import type { AddonFiles } from "../addon/addon-files.js";
import type { LibTorch } from "../addon/libtorch.js";

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
