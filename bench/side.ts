/** The processes of a row: made the same way for measuring and for profiling. */
import { Contender } from "./contender.js";
import { describeSettings, environmentOf, type Job, type PythonSettings } from "./job.js";
import type { Ran, Ready } from "./protocol.js";
import type { Conditions, Surroundings } from "./results.js";
import type { Row } from "./rows.js";

export interface Side {
  readonly contender: Contender;
  readonly ready: Ready;
  readonly rounds: Ran[];
}

export const describePython = (settings: PythonSettings) => `Python (${describeSettings(settings)})`;

/** Makes what both sides read, and gives the function that starts one: ours, or Python's with settings. */
export async function starter(
  row: Row,
  { threads, seed }: Conditions,
  { programs, inputs, signal, say = () => {} }: Surroundings,
) {
  say("making images and weights");
  const { slide } = row.job;
  const data = await (slide ? inputs.slide(slide, row.size as number) : inputs.data(row.size));
  const job: Job = { ...row.job, threads, seed, data, weights: inputs.weights(row.job.encoder, programs.weights) };
  return async (name: string, settings?: PythonSettings): Promise<Side> => {
    const [command, ...args] = settings ? programs.python : programs.acinus;
    const words = [JSON.stringify(job), ...(settings ? [JSON.stringify(settings)] : [])];
    const environment = environmentOf(threads, settings);
    return { ...(await Contender.start(name, command, [...args, ...words], { environment, signal })), rounds: [] };
  };
}
