import type { AddonFiles } from "../addon/addon-files.js";
import type { LibTorch } from "../addon/libtorch.js";

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
