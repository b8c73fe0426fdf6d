import type { NativeLoadOptions, NativeLoadReport, NativeSegmenter, StateEntry, TypedTensor } from "../addon/contract.js";
import { type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { call, closed, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type CellRule, type CellRuleOptions, cellRuleSchema } from "../config/cells.js";
import type { Channel } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import { type ModelConfig, type ModelOptions, modelConfigSchema, modelOptionsSchema } from "../config/model.js";
import { parseConfig } from "../config/parse.js";
import {
  check,
  checkIterable,
  checkObject,
  checkOptions,
  checkPath,
  checkText,
  isPlain,
  isSignal,
} from "../system/arguments.js";
import { checkRgb } from "../system/arrays.js";
import { readCheckpointConfig } from "./checkpoint.js";
import { type GradientOptions, type Gradients, trainingGradients } from "./gradients.js";
import { type SaveWeightsOptions, saveWeights } from "./save.js";
import { findStart, type ModelStart } from "./start.js";

export interface CreateOptions {
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Of weights that are fetched: bytes that are here, and bytes in all. */
  onProgress?: (bytes: number, total: number) => void;
}

export interface LoadOptions {
  /** "cpu" (default), "cuda" or "cuda:N"; ACINUS_DEVICE when it is not there. */
  device?: string;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
}

export interface LoadWeightsOptions {
  /** Refuse weights that fit only in part (default). */
  strict?: boolean;
  /** "encoder" takes nothing else from the file. Default "all". */
  part?: "all" | "encoder";
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** What was loaded from a file. `missing` and `mismatched` entries of the network kept their values. */
export interface LoadReport extends NativeLoadReport {}

/** A network with its preprocessing: edge channel, input projection, encoder and decoder. Its weights live in native memory. */
export class Model implements SegmenterHolder, Disposable {
  /** The resolved configuration, all defaults visible. */
  readonly config: ModelConfig;
  /**
   * How grey values of image files become the bytes that the network sees, learnt from the images that it was trained on; a checkpoint carries
   * it. Undefined before a training, and in checkpoints of earlier versions, which read 16 bits over their whole range.
   */
  intensity: IntensityRule | undefined;
  /** The channels that were taken of its training images, by name or number; undefined: grey or colours. A checkpoint carries them. */
  channels: Channel[] | undefined;
  /**
   * µm per pixel of its training images, where they say it. `Predictor` and `Evaluator` rescale images of another pixel size to it. A checkpoint
   * carries it.
   */
  pixelSize: number | undefined;
  #native: NativeSegmenter | undefined;
  #loadReport: LoadReport | undefined;
  #cells: CellRule | undefined;
  #weightsFiles: readonly string[] = [];
  #start: ModelStart = { weights: null };

  private constructor(config: ModelConfig, segmenter: NativeSegmenter) {
    this.config = config;
    this.#native = segmenter;
  }

  /**
   * Builds a network, by default the paper's. `weights` names a file: a checkpoint of ours, a whole smp `UnetPlusPlus` or `Unet`, or an encoder
   * alone as smp's ImageNet files are; safetensors, or a PyTorch state dict in either layout (.pth, .pt), of which nothing is executed; or
   * `hf:owner/name[@revision][/file]`, which `fetchWeights` brings from the hub into the cache; or it is "imagenet", the encoder's ImageNet weights
   * by `fetchWeights`, "imagenet-or-random", or "random". Weights that fit only in part are refused unless `strict: false`; but an encoder
   * alone fits, and so does an smp model into `inputMode: "projection"`, which keeps its identity projection. `start` and `loadReport` then
   * tell what was done. `onProgress` is told the bytes of a download that are here, and all of them.
   * @throws ConfigError ACINUS_CONFIG, CheckpointError ACINUS_CHECKPOINT or ACINUS_WEIGHTS_MISMATCH, AcinusError ACINUS_DEVICE.
   */
  static async create(options: ModelOptions & CreateOptions = {}): Promise<Model> {
    check(isPlain(options), options, "the options of the model", "an object of options");
    const { signal, onProgress, ...rest } = options;
    if (signal !== undefined) check(isSignal(signal), signal, "model.signal", "an AbortSignal");
    if (onProgress !== undefined) check(typeof onProgress === "function", onProgress, "model.onProgress", "a function");
    const { weights, weightsPart, strict, device, ...config } = parseConfig(modelOptionsSchema, rest, "model");
    const model = await Model.#build(config, device, signal);
    return model.#closingOnFailure(async () => {
      const { file, ...start } = await findStart(weights, config, { signal, onProgress });
      if (file !== undefined) await model.#load([file], { strict, part: weightsPart }, signal);
      model.#start = start;
      return model;
    });
  }

  /** Reads a checkpoint of ours with the configuration that it carries. @throws CheckpointError ACINUS_CHECKPOINT */
  static async load(file: string, options: LoadOptions = {}): Promise<Model> {
    checkPath(file, "file");
    checkOptions(options, "options", ["device", "signal"]);
    const { device = "cpu", signal } = options;
    checkText(device, "options.device");
    const carried = readCheckpointConfig(file);
    const config = parseConfig(modelConfigSchema, carried.model, `the configuration in ${file}`);
    const { cells } = carried;
    const model = await Model.#build(config, device, signal);
    Object.assign(model, carried.seen);
    return model.#closingOnFailure(async () => {
      if (cells !== undefined) model.useCells(parseConfig(cellRuleSchema, cells, `the cells in ${file}`));
      const files = carried.projection === undefined ? [file] : [file, carried.projection];
      await model.#load(files, { strict: true, part: "all" }, signal);
      model.#start = { weights: file };
      return model;
    });
  }

  static async #build(config: ModelConfig, device: string, signal?: AbortSignal): Promise<Model> {
    const Segmenter = native().Segmenter;
    const model = new Model(
      config,
      call(() => new Segmenter(config)),
    );
    return model.#closingOnFailure(async () => {
      await settle(() => model[segmenterHandle].build(), signal);
      if (device !== "cpu") await model.to(device);
      return model;
    });
  }

  /**
   * What the network takes of an image, [1, C, H, W]: normalised RGB and, unless `inputMode` is "drop", the edge channel by the model's own options.
   * `model.forward(data, shape)` takes it.
   * @param pixels interleaved RGB bytes, height · width · 3.
   */
  input(pixels: { readonly data: Uint8Array; readonly height: number; readonly width: number }): TypedTensor {
    checkObject(pixels, "pixels", "{ data, height, width }", ["data", "height", "width"]);
    const { data, height, width } = pixels;
    checkRgb(data, height, width, "pixels.data");
    const channels = this.config.inputMode === "drop" ? 3 : 4;
    return call(() => native().functional.networkInput(data, height, width, channels, this.config.edges));
  }

  /** Logits `[B, 1, H, W]` of an already normalised input `[B, C, H, W]`, in eval mode. C is 3 for `inputMode: "drop"`, otherwise 4. */
  async forward(data: Float32Array, shape: readonly number[], options: { signal?: AbortSignal } = {}): Promise<TypedTensor> {
    checkOptions(options, "options", ["signal"]);
    const native = { precision: "fp32", prepared: true } as const;
    return settle(() => this[segmenterHandle].forward(data, shape, native), options.signal);
  }

  /**
   * What the encoder makes of the same input, in eval mode: feature maps [B, C, H, W], the last the deepest (of EfficientNet five, at strides 2
   * to 32), of the image padded to multiples of the last one's stride.
   */
  async features(data: Float32Array, shape: readonly number[], options: { signal?: AbortSignal } = {}): Promise<TypedTensor[]> {
    checkOptions(options, "options", ["signal"]);
    return settle(() => this[segmenterHandle].features(data, shape), options.signal);
  }

  /**
   * The loss of one batch and its gradients. The forward and backward pass are those of training: BatchNorm uses the batch's statistics, and
   * drop-connect leaves out branches. Weights do not change. For saliency, sanity checks and optimizers of your own.
   * @param data as for `forward`. @param target 0 or 1 for each pixel, [B, 1, H, W].
   * @throws AcinusError ACINUS_INVALID_ARGUMENT, ConfigError ACINUS_CONFIG
   */
  async gradients(
    data: Float32Array,
    shape: readonly number[],
    target: Uint8Array | Float32Array,
    options: GradientOptions & { signal?: AbortSignal } = {},
  ): Promise<Gradients> {
    return trainingGradients(this, data, shape, target, options);
  }

  /**
   * Writes weights and configuration as safetensors under smp's names, whole or not at all. With `inputMode` drop and inflate the entries
   * are exactly smp's. A projection adds entries under `projection.`, which smp does not know; `projection: "beside"` puts them into
   * `NAME.projection.safetensors`, from where `Model.load` takes them. A file that acinus wrote there before is replaced.
   * @throws AcinusError ACINUS_FILE_EXISTS where there is another one, unless `force`; ACINUS_WRITE_FAILED
   */
  async save(file: string, options: SaveWeightsOptions = {}): Promise<void> {
    checkPath(file, "file");
    checkOptions(options, "options", ["projection", "signal", "force", "inputs"]);
    await saveWeights(this, file, "safetensors", options);
  }

  /** Puts a file of weights into the network, or one that `fetchWeights` brings, or "imagenet"; see `Model.create` for what fits. */
  async loadWeights(file: string, options: LoadWeightsOptions = {}): Promise<LoadReport> {
    checkPath(file, "file");
    checkOptions(options, "options", ["strict", "part", "signal"]);
    const { strict = true, part = "all", signal } = options;
    check(typeof strict === "boolean", strict, "options.strict", "true or false");
    check(part === "all" || part === "encoder", part, "options.part", '"all" or "encoder"');
    const start = await findStart(file, this.config, { signal });
    check(start.file !== undefined, file, "file", 'a file of weights, one that fetchWeights brings, or "imagenet"');
    const report = await this.#load([start.file as string], { strict, part }, signal);
    this.#start = { weights: start.weights };
    return report;
  }

  async #load(files: string[], options: NativeLoadOptions, signal?: AbortSignal): Promise<LoadReport> {
    this.#loadReport = await settle(() => this[segmenterHandle].loadFiles(files, options), signal);
    this.#weightsFiles = [...this.#weightsFiles, ...files];
    return this.#loadReport;
  }

  /** A copy of every entry, under smp's names, as float32, all of one moment: work that runs on the network is waited for. */
  async stateDict(options: { signal?: AbortSignal } = {}): Promise<Map<string, TypedTensor>> {
    checkOptions(options, "options", ["signal"]);
    const { entries } = this;
    const names = entries.map(({ name }) => name);
    const values = await settle(() => this[segmenterHandle].read(names), options.signal);
    return new Map(entries.map(({ name, shape }, i) => [name, { data: values[i] as Float32Array, shape }]));
  }

  /**
   * Copies values into the network, once work that runs on it has ended; the names and shapes must be those of `stateDict()` unless
   * `strict: false`. The arrays may be changed as soon as the call has returned its promise.
   */
  async loadStateDict(
    state: Iterable<readonly [string, TypedTensor]>,
    options: { strict?: boolean; signal?: AbortSignal } = {},
  ): Promise<LoadReport> {
    checkIterable(state, "state", "pairs of a name and a tensor, as stateDict() gives them");
    checkOptions(options, "options", ["strict", "signal"]);
    const items = Array.from(state, (item) => checkedEntry(item));
    const [names, tensors] = [items.map(([name]) => name), items.map(([, tensor]) => tensor)];
    const { strict = true, signal } = options;
    check(typeof strict === "boolean", strict, "options.strict", "true or false");
    this.#loadReport = await settle(() => this[segmenterHandle].loadState(names, tensors, strict), signal);
    return this.#loadReport;
  }

  /** Moves the network, once work that runs on it has ended. @param device "cpu", "cuda" or "cuda:N". */
  async to(device: string): Promise<void> {
    await settle(() => this[segmenterHandle].to(device));
  }

  /** Where the network is; while `to` is running, where it was. */
  get device(): string {
    return call(() => this[segmenterHandle].device());
  }

  /** Name, shape and type of every entry, in smp's order. */
  get entries(): readonly StateEntry[] {
    return call(() => this[segmenterHandle].entries());
  }

  /** Trainable values. */
  get parameterCount(): number {
    return call(() => this[segmenterHandle].parameterCount());
  }

  /**
   * Threshold and separation that were chosen for this network: what `Predictor` and `Evaluator` use unless their options say otherwise, and what
   * its files carry. Undefined where nothing was chosen: then 0.5 and components.
   */
  get cells(): CellRule | undefined {
    return this.#cells;
  }

  /** Sets `cells`, as `chooseCells` gives it; undefined removes it. @throws ConfigError ACINUS_CONFIG */
  useCells(rule: CellRuleOptions | undefined): void {
    this.#cells = rule === undefined ? undefined : parseConfig(cellRuleSchema, rule, "cells");
  }

  /** What the last loading of weights gave; undefined before any. */
  get loadReport(): LoadReport | undefined {
    return this.#loadReport;
  }

  /** What the weights came from: of `Model.create`, `Model.load` and `loadWeights` the last. */
  get start(): ModelStart {
    return this.#start;
  }

  /** Files that weights were loaded from: a training from them does not remove them. */
  get weightsFiles(): readonly string[] {
    return this.#weightsFiles;
  }

  get [segmenterHandle](): NativeSegmenter {
    if (!this.#native) throw closed("model");
    return this.#native;
  }

  /** Frees the weights once running work that uses them has ended: such work goes on to its end, what is called later is refused. */
  close(): void {
    this.#native?.close();
    this.#native = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #closingOnFailure<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

function checkedEntry(item: unknown): readonly [string, TypedTensor] {
  check(Array.isArray(item) && item.length === 2, item, "each entry of state", "a pair of a name and a tensor");
  const [name, tensor] = item as [unknown, unknown];
  checkText(name, "each name in state");
  checkObject(tensor, `the entry ${JSON.stringify(name)}`, "{ data, shape }", ["data", "shape"]);
  return [name as string, tensor as TypedTensor];
}
