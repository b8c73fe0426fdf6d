import { Model } from "../../lib/model/model.js";
import type { Job } from "../job.js";

/** The job's network. Drop-connect is off on both sides: its masks come from different generators, and it costs next to nothing. */
export function openModel({ encoder, weights, seed }: Pick<Job, "encoder" | "weights" | "seed">): Promise<Model> {
  const options = { encoder: encoder as "efficientnet-b0", dropConnectRate: 0, seed };
  return Model.create(weights ? { ...options, weights } : options);
}
