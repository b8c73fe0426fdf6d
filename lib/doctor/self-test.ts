/** What `acinus doctor --self-test` runs: the CPU kernels beside LibTorch's operators, and two training steps of a small network. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { native } from "../addon/load.js";
import { Dataset } from "../dataset/dataset.js";
import { TrainingError } from "../errors.js";
import { Model } from "../model/model.js";
import { synthesize } from "../synth/synthesize.js";
import { Trainer } from "../train/trainer.js";

const networkOperations = [
  "batch_norm_silu",
  "batch_norm_add",
  "batch_norm_silu_depthwise_conv2d",
  "squeeze_excite_conv1x1",
  "expanded_bottleneck",
  "batch_norm_relu_scse",
  "conv1x1_batch_norm_relu_add",
  "conv1x1",
  "patch_conv2d",
  "conv3x3",
  "upsample_conv3x3",
  "conv3x3_batch_norm_relu_add",
  "stabilized_loss",
  "adamw",
];
const imageOperations = ["gabor_response", "smoothed", "remap_bilinear", "remap_nearest", "transform", "symmetric_pairs"];

/**
 * Each fast operation beside its plain version, results and gradients, in float32 on one small batch.
 * @throws TrainingError ACINUS_KERNELS with the operation that is wrong and how to do without the kernels.
 */
export function checkKernels(): void {
  const { compareKernels, kernelIsa } = native().functional;
  if (kernelIsa() === "none") return;
  const shape = {
    images: 2,
    height: 17,
    width: 20,
    kernel: 5,
    stride: 1,
    bfloat16: false,
    training: true,
    flat: false,
  };
  const cases = [
    ...networkOperations.map((operation) => ({ ...shape, operation, channels: [40] })),
    ...imageOperations.map((operation) => ({ ...shape, operation, channels: [3] })),
  ];
  for (const { operation, ...one } of cases) {
    for (const { name, difference, scale } of compareKernels({ ...one, operation, seed: 1 })) {
      if (difference <= 3e-5 * Math.max(scale, 1)) continue;
      throw new TrainingError(
        "ACINUS_KERNELS",
        `The CPU kernel ${operation} is wrong on this machine: its ${name} is off by ${difference}.`,
        {
          value: difference,
          fix: "Do without the kernels: ACINUS_CPU_ISA=none. And please report it, with the output of `acinus doctor`.",
        },
      );
    }
  }
}

/**
 * The whole path once: files, pixels, network, loss, backward and optimizer.
 * @throws AcinusError what hinders training, for example ACINUS_DEVICE; TrainingError ACINUS_NOT_FINITE.
 */
export async function trainTwoSteps(device: "cpu" | "cuda"): Promise<{ device: string; losses: number[]; seconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), "acinus-self-test-"));
  try {
    await synthesize(folder, { images: 12, size: 64, seed: 1, validation: 1 / 3, emptyShare: 0.25 });
    const start = performance.now();
    using train = await Dataset.open(join(folder, "train"));
    using validation = await Dataset.open(join(folder, "val"));
    using model = await Model.create({ encoder: "efficientnet-b0", device });
    using trainer = new Trainer(model, { train, validation, epochs: 1, batch: 4, precision: "fp32" });
    const loop = await trainer.begin();
    const losses: number[] = [];
    for (const batch of loop.batches(train.files.keys())) {
      const { loss, skipped } = await loop.step(batch);
      if (skipped || !Number.isFinite(loss)) {
        throw new TrainingError("ACINUS_NOT_FINITE", `Step ${losses.length + 1} gave the loss ${loss}.`, { value: loss });
      }
      losses.push(loss);
    }
    return { device, losses, seconds: (performance.now() - start) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
