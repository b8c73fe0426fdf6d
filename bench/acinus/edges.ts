import { gaborEdges } from "../../lib/functional/edges.js";
import type { Job } from "../job.js";
import { firstImage } from "./predict.js";
import { sampled, type Worker } from "./work.js";

/** The edge channel of one image. */
export async function edgesWork(job: Job): Promise<Worker> {
  const { data, height, width } = await firstImage(job.data);
  return {
    parameters: 0,
    async check() {
      return { edges: sampled(gaborEdges(data, height, width)) };
    },
    async run() {
      gaborEdges(data, height, width);
      return {};
    },
  };
}
