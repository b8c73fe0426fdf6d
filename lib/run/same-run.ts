import type { IntensityRule } from "../config/intensity.js";
import type { TrainConfig } from "../config/train.js";
import { ConfigError } from "../errors.js";
import type { RunConfig } from "./run-folder.js";

/** What may be another thing after a stop, by its dotted name, and what that means for the run. */
const mayDiffer: Readonly<Record<string, string>> = {
  acinus: "other code may give other numbers",
  build: "the program was rebuilt: other code may give other numbers",
  libtorch: "other code may give other numbers",
  node: "",
  device: "another processor may round otherwise",
  threads: "sums in another order round otherwise",
  "train.device": "another processor may round otherwise",
  "train.precision": "the steps from here on are rounded otherwise",
  "train.deterministic": "",
  "train.memory": "sums in another order round otherwise",
  "train.memoryCheck": "",
  // Compared by assertSameData, which names them; an older run has none.
  "data.train.masks": "",
  "data.validation.masks": "",
  // The digest of the weights tells whether it is the same.
  "data.sampler.complexity": "",
  pixelSize: "",
  "train.patience": "",
  "train.minutes": "",
  "train.stopFile": "",
  "train.epochs": "the learning rate follows the schedule of the new number from here on",
};

/**
 * What differs between the run that was stopped and what would go on, a phrase each: "threads was 2 and is 1 (…)". Continuing with other
 * settings or data would make a run that config.json does not describe.
 * @throws ConfigError ACINUS_CONFIG listing all that differs and may not.
 */
export function assertSameRun(stored: RunConfig, now: RunConfig): string[] {
  const epochs = Math.min(stored.train.epochs, now.train.epochs);
  const { created: _before, start: _begun, ...before } = { ...stored, train: withWeightsOf(stored.train, epochs) };
  const { created: _after, start: _resumed, ...after } = { ...now, train: withWeightsOf(now.train, epochs) };
  // Follow from the masks, and runs of earlier versions have none.
  for (const config of [before, after]) config.data = withoutStatistics(config.data);
  // Runs of earlier versions have no rule; their images are compared.
  if (before.intensity === undefined) delete after.intensity;
  const differences = differing(before, after);
  const refused = differences.filter(({ path }) => !(path in mayDiffer));
  if (refused.length === 0) {
    return differences.map(({ path, text }) => (mayDiffer[path] ? `${text} (${mayDiffer[path]})` : text));
  }
  const texts = refused.map(({ text }) => text);
  const former = refused.some(({ path }) => path === "data.sampler.digest") && stored.data.sampler.complexity === undefined;
  throw new ConfigError("ACINUS_CONFIG", `The run cannot be continued with other settings: ${texts.join("; ")}.`, {
    value: texts,
    fix:
      "Use those of its config.json, or start a new run in another folder." +
      (former ? ' Of a run that began with an earlier version: Sampler.byComplexity(train, { complexity: "v1" }).' : ""),
  });
}

/**
 * Makes sure that a run goes on with the mapping of grey values that it began with: with another one, all images would seem changed.
 * @throws ConfigError ACINUS_CONFIG
 */
export function assertSameMapping({ intensity: before }: RunConfig, { intensity: after }: RunConfig): void {
  if (!before || !after) return;
  const settings = ({ mode, low, high, per, channels, fill, windows }: IntensityRule) => {
    return { mode, low, high, per, channels, fill, windows };
  };
  const [then, now] = [settings(before), settings(after)].map((rule) => JSON.stringify(rule));
  if (then === now) return;
  const message = `The run cannot be continued with another mapping of grey values: it was ${then} and is ${now}.`;
  throw new ConfigError("ACINUS_CONFIG", message, {
    value: after,
    fix: "Leave out --intensity; in a script, open the data with the `intensity` of the run's config.json.",
  });
}

function withoutStatistics(data: RunConfig["data"]): RunConfig["data"] {
  // What stands in a file may lack either.
  const bare = (set: RunConfig["data"]["train"]) => set && { ...set, statistics: undefined };
  return { ...data, train: bare(data.train), validation: bare(data.validation) };
}

/** With the weights of the loss in the first epochs alone, each list of them as short as it can be. */
function withWeightsOf(train: TrainConfig, epochs: number): TrainConfig {
  const weights = (train.lossWeights ?? []).slice(0, epochs);
  while (weights.length > 1 && JSON.stringify(weights.at(-1)) === JSON.stringify(weights.at(-2))) weights.pop();
  return { ...train, lossWeights: weights };
}

interface Difference {
  readonly path: string;
  readonly text: string;
}

function differing(before: unknown, after: unknown, path = ""): Difference[] {
  if (!isObject(before) || !isObject(after)) {
    const [then, now] = [JSON.stringify(before), JSON.stringify(after)];
    return then === now ? [] : [{ path, text: `${path} was ${then} and is ${now}` }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differing(before[key], after[key], path ? `${path}.${key}` : key));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
