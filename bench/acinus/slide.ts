import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PredictionFolder } from "../../lib/predict/prediction-folder.js";
import { Predictor } from "../../lib/predict/predictor.js";
import type { Job } from "../job.js";
import type { Values } from "../protocol.js";
import { openModel } from "./network.js";
import { stride, type Worker } from "./work.js";

/** From a TIFF file to the file of its mask, in tiles of 512 px that share 64; tiles without tissue are left out where the slide is empty. */
export async function slideWork(job: Job): Promise<Worker> {
  const slide = join(job.data, "slide.tif");
  const model = await openModel(job);
  const { precision } = job;
  const predictor = new Predictor(model, { tile: 512, overlap: 64, precision, emptyContrast: job.slide === "empty" ? 10 : 0 });
  const folder = new PredictionFolder(mkdtempSync(join(tmpdir(), "acinus-bench-")), ["png"], [slide]);
  return {
    parameters: model.parameterCount,
    async check() {
      const probabilities: number[] = [];
      let pixels = 0;
      for await (const { probability } of await predictor.strips(slide)) {
        for (let i = (stride - (pixels % stride)) % stride; i < probability.length; i += stride) {
          probabilities.push(probability[i] as number);
        }
        pixels += probability.length;
      }
      return { pixels: [pixels], ...(job.slide === "full" ? { probabilities } : {}) } as Values;
    },
    async run() {
      await folder.addStrips(slide, await predictor.strips(slide));
      return {};
    },
  };
}
