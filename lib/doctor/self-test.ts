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

/** In float32; a gradient sums over a thousand roundings. */
const TOLERANCE = 3e-5;

/**
 * A few CPU kernels of each kind beside LibTorch's operators, results and gradients, on one small batch.
 * @throws TrainingError ACINUS_KERNELS with the kernel that is wrong and how to do without the kernels.
 */
export function checkKernels(): void {
  for (const { kernel, difference, scale } of native().compareKernels()) {
    if (difference <= TOLERANCE * Math.max(scale, 1)) continue;
    throw new TrainingError(
      "ACINUS_KERNELS",
      `A CPU kernel is wrong on this machine: ${kernel} is off by ${difference}, and at most ${TOLERANCE * Math.max(scale, 1)} is rounding.`,
      {
        value: difference,
        fix: "Do without the kernels: ACINUS_CPU_ISA=none. And please report it, with the output of `acinus doctor`.",
      },
    );
  }
}

/**
 * Runs the whole path once: files, pixels, network, loss, backward pass and optimizer.
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
