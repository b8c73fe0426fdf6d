import { join } from "node:path";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Trainer } from "../../lib/train/trainer.js";
import type { Job } from "../job.js";
import { openModel } from "./network.js";
import { checkedSteps, type Worker } from "./work.js";

/** A whole training step, from decoded pixels to updated weights. */
export async function stepWork(job: Job): Promise<Worker> {
  const train = await Dataset.open(join(job.data, "train"));
  const validation = await Dataset.open(join(job.data, "val"));
  const model = await openModel(job);
  const trainer = (augmented: boolean) =>
    new Trainer(model, {
      train,
      validation,
      epochs: 1_000_000, // the schedule never ends
      batch: job.batch,
      accumulation: 1, // every step is a whole one
      precision: job.precision,
      device: "cpu",
      seed: job.seed,
      memoryCheck: false, // the other sides' processes hold memory too
      augment: { enabled: augmented },
    });
  const batch = (number: number) => {
    const drawn = number * job.batch;
    const indices = Int32Array.from({ length: job.batch }, (_, k) => (drawn + k) % train.length);
    return { epoch: Math.floor(drawn / train.length), indices };
  };

  const checking = trainer(false);
  let done = 0;
  let loop: Awaited<ReturnType<Trainer["begin"]>> | undefined;
  return {
    parameters: model.parameterCount,
    async check() {
      const losses: number[] = [];
      const norms: number[] = [];
      const steps = await checking.begin();
      for (let number = 0; number < checkedSteps; number++) {
        const { loss, gradientNorm } = await steps.step(batch(number));
        losses.push(loss);
        norms.push(gradientNorm ?? Number.NaN);
      }
      checking.close();
      return { losses, "gradient norm": norms.slice(0, 1) };
    },
    async run() {
      loop ??= await trainer(true).begin();
      const { loss } = await loop.step(batch(done++));
      return { loss };
    },
  };
}
