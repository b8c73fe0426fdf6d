import { join } from "node:path";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Sampler } from "../../lib/train/sampler.js";
import { Trainer } from "../../lib/train/trainer.js";
import type { Job } from "../job.js";
import { openModel } from "./network.js";
import type { Worker } from "./work.js";

/** An epoch of real training: files opened and decoded, weights of the sampler, augmented steps, validation. */
export async function epochWork(job: Job): Promise<Worker> {
  const model = await openModel(job);
  const open = (part: string) => Dataset.open(join(job.data, part));
  return {
    parameters: model.parameterCount,
    async check() {
      using train = await open("train");
      using validation = await open("val");
      const share = (set: Dataset) => set.statistics.cellPixelShare;
      return { images: [train.length, validation.length], "cell pixels": [share(train), share(validation)] };
    },
    async run() {
      using train = await open("train");
      using validation = await open("val");
      using trainer = new Trainer(model, {
        train,
        validation,
        sampler: Sampler.byComplexity(train),
        epochs: 1,
        batch: job.batch,
        accumulation: 1,
        precision: job.precision,
        device: "cpu",
        seed: job.seed,
        memoryCheck: false,
        schedule: { maxLearningRate: 1e-3 },
      });
      const found = { loss: Number.NaN, dice: Number.NaN };
      for await (const event of trainer.run()) {
        if (event.type === "epoch") Object.assign(found, { loss: event.loss, dice: event.validation?.dicePerImage });
      }
      return found;
    },
  };
}
