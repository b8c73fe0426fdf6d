import type { MaskStatistics } from "../../lib/addon/contract.js";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { native } from "../../lib/addon/load.js";
import { lossOptionsSchema } from "../../lib/config/loss.js";
import { trainConfigSchema } from "../../lib/config/train.js";
import { storeView, type TrainableDataset } from "../../lib/dataset/types.js";
import type { Model } from "../../lib/model/model.js";
import { nativeRates } from "../../lib/train/learning-rates.js";
import type { TrainerOptions } from "../../lib/train/trainer.js";
import { numbers } from "../predict/pictures.js";

// One thread: networks this small gain nothing from two, and the suite shares its machine.
native().setThreads(1);

/** As of one cell of this area; what is not looked at is anything. */
export const statisticsOf = (area: number): MaskStatistics => ({
  ...{ area, perimeter: 4, components: 1, smallestComponent: area },
  ...{ pixels: 4096, boundaryExcess: 0, smallestWhole: area },
});

/** Bright discs on a dark, noisy ground: a network learns them in a few steps. */
export function discs(count: number, size: number, seed: number): TrainableDataset {
  const random = numbers(seed);
  const store = new (native().SampleStore)();
  const names = Array.from({ length: count }, (_, i) => `${seed}-${i}`);
  const areas = names.map(() => {
    const [cx, cy, r] = [size * (0.3 + 0.4 * random()), size * (0.3 + 0.4 * random()), size * (0.1 + 0.15 * random())];
    const mask = Uint8Array.from({ length: size * size }, (_, at) =>
      ((at % size) - cx) ** 2 + (Math.floor(at / size) - cy) ** 2 < r * r ? 1 : 0,
    );
    const rgb = Uint8Array.from({ length: size * size * 3 }, (_, at) => (mask[Math.floor(at / 3)] ? 150 : 30) + 40 * random());
    store.add(rgb, mask, size, size);
    return mask.reduce((sum, value) => sum + value, 0);
  });
  return {
    length: count,
    files: names.map((name) => ({ image: `images/${name}.png`, mask: `masks/${name}.png` })),
    sizes: names.map(() => ({ height: size, width: size })),
    maskStatistics: areas.map((area) => statisticsOf(area)),
    contentHashes: names,
    [storeView]: { store, indices: Int32Array.from(names, (_, i) => i) },
  };
}

/** What a training step on so many images of 512×512 is measured to take, bytes. */
export async function measuredMemory(model: Model, batch: number, memory: "normal" | "low" = "normal"): Promise<number> {
  const { store, indices } = discs(2, 64, 1)[storeView];
  const { memoryCheck: _check, device: _device, ...options } = trainConfigSchema.parse({ batch, memory });
  const trainer = new (native().Trainer)(
    model[segmenterHandle],
    {
      ...{ train: store, trainIndices: indices, validation: store, validationIndices: indices },
      ...{ weights: new Float64Array(), samplerSeed: 0, draws: 0 },
    },
    {
      ...options,
      ...nativeRates([]),
      loss: lossOptionsSchema.parse({}),
      lossWeights: [],
      precision: "fp32",
      checkpoints: null,
      metadata: {},
    },
  );
  try {
    await trainer.build().done;
    return await trainer.estimateMemory(512, 512).done;
  } finally {
    trainer.close();
  }
}

/** Enough steps to see something, few enough to wait for. */
export const quick = {
  batch: 2,
  accumulation: 2,
  seed: 7,
  device: "cpu",
  memoryCheck: false,
  schedule: { maxLearningRate: 2e-3 },
} as const satisfies Partial<TrainerOptions>;
