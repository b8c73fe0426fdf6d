import { readdirSync } from "node:fs";
import { join } from "node:path";
import { decodeImage } from "../../lib/dataset/decode.js";
import { Predictor } from "../../lib/predict/predictor.js";
import type { Job } from "../job.js";
import { openModel } from "./network.js";
import { sampled, type Worker } from "./work.js";

/** From decoded pixels to the probability of every pixel, the image taken whole. */
export async function predictWork(job: Job): Promise<Worker> {
  const pixels = await firstImage(job.data);
  const model = await openModel(job);
  const predictor = new Predictor(model, { tta: job.tta, tile: 0, precision: job.precision });
  return {
    parameters: model.parameterCount,
    async check() {
      return { probabilities: sampled((await predictor.predict(pixels)).probability) };
    },
    async run() {
      await predictor.predict(pixels);
      return {};
    },
  };
}

/** Both sides take the first by name. */
export async function firstImage(data: string) {
  const folder = join(data, "train", "images");
  return decodeImage(join(folder, readdirSync(folder).sort()[0] as string));
}
