import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { decodeMask } from "../../lib/dataset/masks.js";
import { storeView, type TrainableDataset } from "../../lib/dataset/types.js";
import { Model, Predictor, type StepResult, Trainer, type TrainerOptions } from "../../lib/index.js";
import { fill, steady, values } from "../model/formula.js";
import { within } from "../within.js";
import { discs, statisticsOf } from "./toy.js";

/** Made by test/fixtures/make/training.py: PyTorch's losses of 60 batches and gradient norms of their 30 optimizer steps. */
interface Reference {
  files?: string[];
  losses: number[];
  gradientNorms: number[];
}
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const reference = JSON.parse(readFileSync(at("../fixtures/train/thirty-steps.json"), "utf8")) as Record<string, Reference>;
const [drawn, fluorescence] = [reference.drawn as Reference, reference["dsb-fluo"] as Reference];

const tiles = at("../fixtures/train/tiles");
const real = join(process.env.ACINUS_TEST_DATA ?? at("../../../shared/data"), "dsb-fluo", "train");
const size = 64;
const epochs = 30;

// Minutes, where others share the machine.
describe("30 optimizer steps from the same start, on the same batches", { timeout: 600_000 }, () => {
  it("lose what smp's network loses in PyTorch on drawn tissue and fluorescence", async () => {
    follows("drawn", await train(await load(tiles, readdirSync(join(tiles, "images")).sort())), drawn);
  });

  it.skipIf(!existsSync(real))("lose what it loses on real fluorescence tiles", async () => {
    follows("real", await train(await load(real, fluorescence.files as string[])), fluorescence);
  });

  it.each(["bf16", "fp16"] as const)("reach the same loss in %s within 5 %", async (precision) => {
    const steps = await train(await load(tiles, readdirSync(join(tiles, "images")).sort()), { precision });
    const last = (losses: number[]) => losses.slice(-10).reduce((sum, loss) => sum + loss / 10, 0);
    const error = relative(last(steps.map(({ loss }) => loss)), last(drawn.losses));
    within(`30 steps in ${precision}: the last loss against float64, relative`, error, 0.05);
  });
});

describe.each(["bf16", "fp16"] as const)("precision %s", (half) => {
  it("gives fp32's logits within 2 % of the largest", async () => {
    using model = await start();
    const { data } = await decodeImage(join(tiles, "images", "0.png"));
    const logits = async (precision: "fp32" | typeof half) => {
      const { probability } = await new Predictor(model, { precision }).predict({ data, height: size, width: size });
      return Array.from(probability, (p) => Math.log(p / (1 - p)));
    };
    const [exact, coarse] = [await logits("fp32"), await logits(half)];
    const largest = Math.max(...exact.map(Math.abs));
    const difference = Math.max(...exact.map((logit, i) => Math.abs(logit - (coarse[i] as number))));
    expect(largest).toBeGreaterThan(0.1);
    within(`${half}: logits in eval mode against our fp32, of the largest`, difference / largest, 0.02);
    expect(difference, `it did compute in ${half}`).toBeGreaterThan(0);
  });
});

/** b0 with the formula's weights; a projection that starts as the identity, its other channels from the formula as well. */
async function start(): Promise<Model> {
  const model = await fill(await Model.create({ encoder: "efficientnet-b0", dropConnectRate: 0 }));
  await steady(model, /(conv[12]\.1|cSE\.1)\.(weight|bias)$/);
  const name = "projection.conv1.weight";
  const { data, shape } = (await model.stateDict()).get(name) as { data: Float32Array; shape: number[] };
  const used = 6 * 4 * 9;
  data.set(values({ name, shape }).data.subarray(used), used);
  await model.loadStateDict([[name, { data, shape }]], { strict: false });
  return model;
}

/** The middle 64 × 64 pixels of each image. */
async function load(folder: string, files: string[]): Promise<TrainableDataset> {
  const data = discs(0, size, 0);
  const [{ store }, areas] = [data[storeView], [] as number[]];
  for (const file of files) {
    const image = await decodeImage(join(folder, "images", file));
    const mask = await decodeMask(join(folder, "masks", file));
    const middle = { top: (image.height - size) / 2, left: (image.width - size) / 2, width: image.width };
    const pixels = cut(mask.data, middle, 1);
    store.add(cut(image.data, middle, 3), pixels, size, size);
    areas.push(pixels.reduce((sum, pixel) => sum + pixel, 0));
  }
  return {
    length: files.length,
    files: files.map((name) => ({ image: `images/${name}`, mask: `masks/${name}` })),
    sizes: files.map(() => ({ height: size, width: size })),
    maskStatistics: areas.map((area) => statisticsOf(area)),
    contentHashes: files,
    [storeView]: { store, indices: Int32Array.from(files, (_, i) => i) },
  };
}

function cut(
  data: Uint8Array,
  { top, left, width }: { top: number; left: number; width: number },
  channels: number,
): Uint8Array {
  const row = size * channels;
  const out = new Uint8Array(size * row);
  for (let y = 0; y < size; y++) {
    const begin = ((top + y) * width + left) * channels;
    out.set(data.subarray(begin, begin + row), y * row);
  }
  return out;
}

async function train(data: TrainableDataset, options: Partial<TrainerOptions> = {}): Promise<StepResult[]> {
  using model = await start();
  using trainer = new Trainer(model, {
    train: data,
    validation: discs(1, size, 99),
    epochs,
    batch: 4,
    accumulation: 2,
    augment: { enabled: false },
    device: "cpu",
    precision: "fp32",
    memoryCheck: false,
    ...options,
  });
  const loop = await trainer.begin();
  const steps: StepResult[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Array.from({ length: data.length }, (_, i) => (5 * i + 3 * epoch) % data.length);
    for (const batch of loop.batches(order)) steps.push(await loop.step(batch));
  }
  return steps;
}

/** float32 on both sides: rounding grows with every step, by way of AdamW's first steps, which look at the sign of a gradient alone. */
function follows(tiles: string, steps: StepResult[], { losses, gradientNorms }: Reference): void {
  expect(steps.length).toBe(losses.length);
  const errors = steps.map(({ loss }, i) => relative(loss, losses[i] as number));
  const norms = steps.flatMap(({ gradientNorm }) => gradientNorm ?? []);
  within(
    `training on ${tiles} tiles: losses of the first 10 steps against PyTorch, relative`,
    Math.max(...errors.slice(0, 20)),
    1e-3,
  );
  within(`training on ${tiles} tiles: losses of all 30 steps`, Math.max(...errors), 2e-2);
  within(
    `training on ${tiles} tiles: the first gradient's norm`,
    relative(norms[0] as number, gradientNorms[0] as number),
    1e-3,
  );
}

function relative(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.abs(expected);
}
