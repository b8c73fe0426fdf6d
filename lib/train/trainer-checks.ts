import type { NativeTrainer, Precision } from "../addon/contract.js";
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import type { ModelConfig } from "../config/model.js";
import { overEncoder, ownEncoder, strideOf } from "../config/networks.js";
import type { TrainConfig } from "../config/train.js";
import { assertSameChannels } from "../dataset/channels.js";
import { assertMappedAlike } from "../dataset/intensity/learnt-rule.js";
import { assertNoLeaks } from "../dataset/leaks.js";
import type { ImageSize, TrainableDataset } from "../dataset/types.js";
import { AcinusError, DataError, TrainingError } from "../errors.js";
import { availableMemory, gigabytes } from "../system/memory.js";

/** The device and precision that "auto" means here. @throws AcinusError ACINUS_DEVICE when CUDA is asked for and absent. */
export function resolveDevice(config: TrainConfig, modelDevice: string): { device: string; precision: Precision } {
  const gpus = native().cudaDevices().length;
  const wanted = config.device === "auto" ? (modelDevice !== "cpu" ? modelDevice : gpus > 0 ? "cuda" : "cpu") : config.device;
  const number = wanted === "cpu" ? -1 : Number(wanted.split(":")[1] ?? 0);
  if (number >= gpus) {
    const there = gpus === 0 ? "LibTorch sees no GPU here" : `there are ${gpus} (cuda:0 … cuda:${gpus - 1})`;
    throw new AcinusError("ACINUS_DEVICE", `The device ${wanted} was asked for, but ${there}.`, {
      value: wanted,
      fix: "Use the device cpu, or look at: acinus doctor",
    });
  }
  const precision = config.precision === "auto" ? (wanted === "cpu" ? "fp32" : "bf16") : config.precision;
  return { device: wanted, precision };
}

/** Everything about the data that would end a run later is said before it starts. */
export function checkData(
  train: TrainableDataset,
  validation: TrainableDataset,
  config: TrainConfig,
  network: Pick<ModelConfig, "architecture" | "encoder">,
): void {
  for (const [set, name] of [[train, "training"] as const, [validation, "validation"] as const]) {
    if (set.length === 0) {
      throw new DataError("ACINUS_EMPTY_SET", `The ${name} set holds no images.`, { fix: "Give it at least one." });
    }
    const unlabelled = set.maskStatistics.indexOf(null);
    if (unlabelled >= 0) {
      const file = set.files[unlabelled]?.image;
      throw new DataError("ACINUS_MISSING_MASK", `${file} in the ${name} set has no mask.`, { file });
    }
  }
  assertSameChannels(validation, train.channels, { what: "the training set", script: "train.channels" });
  assertMappedAlike(validation, train.intensity, { what: "the training set", script: "train.intensity" });
  assertNoLeaks(train, validation);
  checkSizes(train, config, strideOf(network));
}

function checkSizes(train: TrainableDataset, { batch, cropSize }: TrainConfig, stride: number): void {
  const [first] = train.sizes as [ImageSize];
  const other = train.sizes.findIndex(({ height, width }) => height !== first.height || width !== first.width);
  if (cropSize === 0 && batch > 1 && other > 0) {
    const size = train.sizes[other] as ImageSize;
    const message = `${train.files[0]?.image} has ${first.height}×${first.width} pixels and ${train.files[other]?.image} has ${size.height}×${size.width}; images of one batch must have one size.`;
    throw new DataError("ACINUS_MIXED_SIZES", message, {
      file: train.files[other]?.image,
      value: size,
      fix: `Train on crops: cropSize ${smallestSide(train.sizes)}, for example.`,
    });
  }
  const side = cropSize || smallestSide(train.sizes);
  const least = Math.min(batch, train.length % batch || batch);
  if (side >= stride && (side > stride || least > 1)) return;
  const index = train.sizes.findIndex(({ height, width }) => Math.min(height, width) === smallestSide(train.sizes));
  const file = train.files[index]?.image;
  const message = `${file} is too small: the network sees ${side} pixels on a side, which leaves its deepest layer nothing to normalise over.`;
  throw new DataError("ACINUS_IMAGE_TOO_SMALL", message, {
    file,
    value: train.sizes[index],
    fix: `Use images, or crops of a cropSize, of at least ${2 * stride} pixels; smaller images are then extended by reflection.`,
  });
}

function smallestSide(sizes: readonly ImageSize[]): number {
  return sizes.reduce((least, { height, width }) => Math.min(least, height, width), Number.POSITIVE_INFINITY);
}

/** The largest images that a step sees. */
export function stepSize(train: TrainableDataset, { cropSize }: TrainConfig): ImageSize {
  if (cropSize > 0) return { height: cropSize, width: cropSize };
  return train.sizes.reduce((a, b) => (b.height * b.width > a.height * a.width ? b : a));
}

/**
 * More than any network needs with its default channels, or fewer: 14 kB a pixel are measured for UNet++ over b7 in fp32, and 4 copies of
 * the weights.
 */
const ampleBytesPerPixel = 40_000;

/** What a step surely fits into, without measuring anything; infinite where only measuring can tell. */
export function ampleMemory(
  { height, width }: ImageSize,
  batch: number,
  weights: number,
  network: Pick<ModelConfig, "architecture" | "encoder" | "decoderChannels" | "width" | "atrousRates">,
): number {
  if (isWider(network)) return Number.POSITIVE_INFINITY;
  const stride = strideOf(network);
  const padded = (side: number) => Math.ceil(side / stride) * stride;
  return 4 * weights + batch * padded(height) * padded(width) * ampleBytesPerPixel;
}

/** Wider than its architecture is by default. */
function isWider({
  architecture,
  decoderChannels = [],
  width = 0,
  atrousRates = [],
}: Pick<ModelConfig, "architecture" | "decoderChannels" | "width" | "atrousRates">): boolean {
  const [over, own] = [overEncoder(architecture), ownEncoder(architecture)];
  if (decoderChannels.some((channels, i) => channels > (over?.decoderChannels[i] ?? 0))) return true;
  return width > (own?.width ?? 0) || atrousRates.length > (own?.atrousRates.length ?? 0);
}

/**
 * Measuring takes passes of the network, seconds for the larger ones; it is left out where `ample` bytes (see `ampleMemory`) are free.
 * @throws TrainingError ACINUS_NOT_ENOUGH_MEMORY with the batch that would fit.
 */
export async function checkMemory(
  trainer: Pick<NativeTrainer, "estimateMemory">,
  device: string,
  size: ImageSize,
  batch: number,
  weights: number,
  ample: number,
  signal?: AbortSignal,
): Promise<void> {
  // The weights, and what the allocator keeps, are taken already and count as free for this purpose.
  const free =
    device === "cpu"
      ? availableMemory() + weights + native().memory().cached
      : (native().cudaDevices()[Number(device.split(":")[1] ?? 0)]?.totalMemory ?? Number.POSITIVE_INFINITY);
  if (ample <= free) return;
  const estimate = (height: number, width: number) => settle(() => trainer.estimateMemory(height, width), signal);
  const needed = await estimate(size.height, size.width);
  if (needed <= free) return;
  const small = 32;
  const base = await estimate(small, small);
  const perBatch = (needed - base) / batch / (1 - (small * small) / (size.height * size.width));
  const fitting = Math.floor((free - (needed - perBatch * batch)) / perBatch);
  const fix =
    fitting >= 1
      ? `A batch of ${fitting} would fit; accumulation keeps the effective batch.`
      : 'Use memory: "low", a smaller encoder or smaller crops (cropSize).';
  throw new TrainingError(
    "ACINUS_NOT_ENOUGH_MEMORY",
    `A training step on ${batch} images of ${size.height}×${size.width} needs about ${gigabytes(needed)}, but ${gigabytes(free)} are free.`,
    { value: { needed, free, batch: Math.max(fitting, 0) }, fix },
  );
}
