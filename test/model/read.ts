import { segmenterHandle } from "../../lib/addon/handles.js";
import { settle } from "../../lib/addon/job.js";
import type { Model } from "../../lib/index.js";

/** The values of one entry of a network. */
export async function read(model: Model, name: string): Promise<Float32Array> {
  const [values] = await settle(() => model[segmenterHandle].read([name]));
  return values as Float32Array;
}
