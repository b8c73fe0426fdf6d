import { readdirSync } from "node:fs";
import { join } from "node:path";
import { decodeImage } from "../../lib/dataset/decode.js";
import { decodeMask } from "../../lib/dataset/masks.js";
import { augment } from "../../lib/functional/augment.js";
import type { Job } from "../job.js";
import type { Worker } from "./work.js";

/** Batches whose means are compared. Pixels cannot be: each side draws its own flips and fields. */
const checkedBatches = 64;

/** A batch through the method's augmentation, image by image. The last images by name are stained tissue, bright and full of cells. */
export async function augmentWork(job: Job): Promise<Worker> {
  const folder = join(job.data, "train");
  const names = readdirSync(join(folder, "images")).sort().slice(-job.batch);
  const samples = await Promise.all(
    names.map(async (name) => ({
      image: await decodeImage(join(folder, "images", name)),
      mask: await decodeMask(join(folder, "masks", name)),
    })),
  );
  const options = job.elastic === "always" ? { elastic: 1 } : {};
  let epoch = 0;
  const batch = () => {
    epoch++;
    return samples.map(({ image: { data, height, width }, mask }, index) =>
      augment(data, mask.data, { height, width, seed: job.seed, epoch, index, options }),
    );
  };
  return {
    parameters: 0,
    async check() {
      const all = Array.from({ length: checkedBatches }, batch).flat();
      const mean = (arrays: Uint8Array[]) => {
        const means = arrays.map((bytes) => bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length);
        return means.reduce((sum, value) => sum + value, 0) / means.length;
      };
      return { "mean grey level": [mean(all.map(({ image }) => image))], "cell share": [mean(all.map(({ mask }) => mask))] };
    },
    async run() {
      for (let number = 0; number < job.batches; number++) batch();
      return {};
    },
  };
}
