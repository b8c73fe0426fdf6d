/**
 * The LibTorch that set-up fetches: names and SHA-256 of the wheels, taken from the package index and checked against the files.
 * Only the Python-independent part of the torch wheel is used, so one wheel (that for Python 3.11) serves whatever Python is installed.
 */
export const pinnedVersion = "2.13.0";

export interface PinnedWheel {
  readonly requirement: string;
  readonly file: string;
  readonly sha256: string;
}

export interface PinnedPlatform {
  /** Tags that pip is told to look for. */
  readonly tags: readonly string[];
  readonly torch: PinnedWheel;
  /** What `libtorch_cpu` of a CUDA 13 wheel needs even without a GPU: the CUDA runtime and CUPTI. */
  readonly runtime: readonly PinnedWheel[];
}

const torch = (file: string, sha256: string): PinnedWheel => ({ requirement: `torch==${pinnedVersion}`, file, sha256 });
const cudart = (file: string, sha256: string): PinnedWheel => ({ requirement: "nvidia-cuda-runtime==13.0.96", file, sha256 });
const cupti = (file: string, sha256: string): PinnedWheel => ({ requirement: "nvidia-cuda-cupti==13.0.85", file, sha256 });

const platforms: Record<string, PinnedPlatform> = {
  "linux-x64": {
    tags: ["manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux2014_x86_64"],
    torch: torch(
      "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl",
      "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
    ),
    runtime: [
      cudart(
        "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
      ),
      cupti(
        "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
        "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
      ),
    ],
  },
  "linux-arm64": {
    tags: ["manylinux_2_28_aarch64", "manylinux_2_25_aarch64", "manylinux2014_aarch64"],
    torch: torch(
      "torch-2.13.0-cp311-cp311-manylinux_2_28_aarch64.whl",
      "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
    ),
    runtime: [
      cudart(
        "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
        "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
      ),
      cupti(
        "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_aarch64.whl",
        "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151",
      ),
    ],
  },
  "darwin-arm64": {
    tags: ["macosx_14_0_arm64"],
    torch: torch(
      "torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl",
      "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
    ),
    runtime: [],
  },
  "win32-x64": {
    tags: ["win_amd64"],
    torch: torch("torch-2.13.0-cp311-cp311-win_amd64.whl", "a0d8b11f16a48d60e2015d8213aa0390744cbebb98e58b62b3514dddc656e330"),
    runtime: [],
  },
};

/** The wheels for this machine; undefined if there are none. */
export function pinnedWheels(platform: string = process.platform, arch: string = process.arch): PinnedPlatform | undefined {
  return platforms[`${platform}-${arch}`];
}

/** The checksum of a pinned wheel by its file name. */
export function pinnedChecksum(file: string): string | undefined {
  const wheels = Object.values(platforms).flatMap(({ torch, runtime }) => [torch, ...runtime]);
  return wheels.find((wheel) => wheel.file === file)?.sha256;
}
