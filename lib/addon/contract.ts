/**
 * Everything the native addon exports, typed in one place: the addon here, the rest by subject in contract/. Nothing but `load.ts`
 * imports the `.node` file.
 *
 * Options arrive here validated and with every default filled in (lib/config does both): no key is optional unless `null` is a value.
 * Every array is checked for kind, length, detachment and sharing (native/binding/arguments.h) and copied; tensors stay native. Sizes are in pixels, images interleaved RGB bytes (H·W·3), masks bytes (H·W, non-zero = cell).
 */
import type { CellRule } from "../config/cells.js";
import type { Job } from "./contract/basics.js";
import type { NativeSampleStore } from "./contract/data.js";
import type { NativeEvaluation } from "./contract/evaluation.js";
import type { NativeFunctional } from "./contract/functional.js";
import type {
  NativeCellMap,
  NativeEvaluateOptions,
  NativeLook,
  NativeLookOptions,
  NativeMeasures,
  NativePredictOptions,
  NativeProbabilitySet,
  NativeScorer,
  NativeStochasticOptions,
  NativeUncertainty,
} from "./contract/inference.js";
import type { NativeIntensity } from "./contract/intensity.js";
import type { NativeNetworks, NativeRecognised } from "./contract/networks.js";
import type { NativeSegmenter, NativeSegmenterConfig } from "./contract/segmenter.js";
import type { NativeStripCells, NativeStripPredictor } from "./contract/strips.js";
import type { NativeTrainData, NativeTrainOptions } from "./contract/train-options.js";
import type { NativeTrainer } from "./contract/trainer.js";
import type { NativeWeightsFile } from "./contract/weights.js";

export type * from "./contract/basics.js";
export type * from "./contract/data.js";
export type * from "./contract/evaluation.js";
export type * from "./contract/events.js";
export type * from "./contract/functional.js";
export type * from "./contract/inference.js";
export type * from "./contract/intensity.js";
export type * from "./contract/networks.js";
export type * from "./contract/segmenter.js";
export type * from "./contract/strips.js";
export type * from "./contract/train-options.js";
export type * from "./contract/trainer.js";
export type * from "./contract/weights.js";

export interface KernelDifference {
  /** The operation and what of it was compared. */
  kernel: string;
  /** Largest absolute difference between the kernel in float32 and LibTorch's operators in float64. */
  difference: number;
  /** Largest absolute value of the latter. */
  scale: number;
}

export interface NativeAddon extends NativeIntensity {
  /** Version of the LibTorch headers this addon was compiled with. */
  readonly libtorchVersion: string;
  readonly functional: NativeFunctional;
  readonly SampleStore: new () => NativeSampleStore;
  readonly CellMap: new (height: number, width: number) => NativeCellMap;
  readonly ProbabilitySet: new () => NativeProbabilitySet;
  readonly Scorer: new () => NativeScorer;
  readonly Segmenter: new (config: NativeSegmenterConfig) => NativeSegmenter;
  readonly Trainer: new (segmenter: NativeSegmenter, data: NativeTrainData, options: NativeTrainOptions) => NativeTrainer;
  /** Of several networks the mean probability is taken; so in the next two. */
  evaluate(
    segmenters: readonly NativeSegmenter[],
    store: NativeSampleStore,
    indices: Int32Array,
    options: NativeEvaluateOptions,
    onProgress: (done: number, total: number) => void,
  ): Job<NativeEvaluation>;
  /** Finds the cells of the map's image. */
  predict(
    segmenters: readonly NativeSegmenter[],
    map: NativeCellMap,
    options: NativePredictOptions,
    onProgress: (tilesDone: number, tiles: number) => void,
  ): Job<NativeMeasures>;
  /** How sure a network with dropout is (core/predict/uncertainty.h). */
  stochasticPasses(
    segmenter: NativeSegmenter,
    rgb: Uint8Array,
    height: number,
    width: number,
    options: NativeStochasticOptions,
    onProgress: (passesDone: number, passes: number) => void,
  ): Job<NativeUncertainty>;
  /** What a round of active learning asks of a stored image (core/predict/active_learning.h). */
  lookAt(
    segmenter: NativeSegmenter,
    store: NativeSampleStore,
    index: number,
    options: NativeLookOptions,
    onProgress: (passesDone: number, passes: number) => void,
  ): Job<NativeLook>;
  readonly StripPredictor: new (
    segmenters: readonly NativeSegmenter[],
    height: number,
    width: number,
    options: NativePredictOptions,
  ) => NativeStripPredictor;
  /** @param seen the size at which networks saw an image that is rescaled. */
  readonly StripCells: new (
    height: number,
    width: number,
    rule: CellRule,
    seen?: { readonly height: number; readonly width: number },
  ) => NativeStripCells;
  /** What a file of weights holds, in any format that can be read (core/io/weights_file.h). Every tensor is read and checked. */
  inspectWeights(path: string): Job<NativeWeightsFile>;
  /** The same, written as safetensors with the names of the file. */
  convertWeights(from: string, to: string): Job<NativeWeightsFile>;
  /** The registry of networks. */
  networks(): NativeNetworks;
  /** The network that entries of these names and shapes belong to; null for an encoder alone and for everything unknown. */
  recogniseNetwork(names: string[], shapes: (readonly number[])[]): NativeRecognised | null;
  cudaDevices(): { name: string; totalMemory: number }[];
  setThreads(count: number): void;
  /** Of the whole process: an operation that has only a version whose result varies then fails, by name. */
  setDeterministic(on: boolean): void;
  threads(): number;
  /** Bytes of live tensors on the CPU, the most that ever were, and bytes kept for reuse. */
  memory(): { current: number; peak: number; cached: number };
  /** Gives the memory that is kept for reuse back to the system. */
  releaseMemory(): void;
  /** The instruction set of the CPU kernels; "none" where ACINUS_CPU_ISA turns them off. */
  kernelIsa(): "avx512" | "avx2" | "baseline" | "none";
  /** A few CPU kernels of each kind beside LibTorch's operators (core/doctor/kernels.h). */
  compareKernels(): KernelDifference[];
  /**
   * Takes the advisory lock of an open file without waiting: false when another descriptor holds it, in this process too; null where the file
   * system has none. Closing the descriptor gives it back, and so does the end of the process.
   */
  lockFile(descriptor: number): boolean | null;
  /** Ends the process without waiting for running jobs, exit listeners or destructors. */
  exitAtOnce(code: number): never;
  /** Stops and joins every running job of this environment; later ones are refused. */
  stopAll(): void;
}
