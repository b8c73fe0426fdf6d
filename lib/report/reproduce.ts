/** How a run is done again: the options in a file, and the command. */
import { join } from "node:path";
import type { RunRecord } from "./run-record.js";
import { commonFolder } from "./validation-data.js";

export interface Reproduction {
  /** For `acinus train -c`; undefined where no command gives the run. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  /** Null where only the script that made the run gives it again. */
  readonly command: string | null;
  readonly notes: readonly string[];
}

/** The settings' file in the folder of the report. */
export const settingsName = "settings.json";

/** @param folder of the report. */
export function reproductionOf({ config, splits, folder: run }: RunRecord, folder: string): Reproduction {
  const { model, train, start, channels } = config;
  const { sampler } = config.data;
  if (train.loss === "own") {
    return {
      settings: undefined,
      command: null,
      notes: ["The run was trained by a script with a loss of its own; the script gives it again."],
    };
  }
  const uniform = sampler.complexity === undefined;
  const weights =
    start === undefined || start === "random" ? {} : { weights: start.startsWith("imagenet:") ? "imagenet" : start };
  const settings = {
    ...train,
    model: { ...model, ...weights },
    ...(uniform ? { sampler: "uniform" } : { sampler: "complexity", complexity: sampler.complexity }),
  };
  const [data, validation] = [splits?.train, splits?.validation].map((samples) => samples && commonFolder(samples));
  const apart = data !== validation;
  const words = [
    ...["acinus", "train", quoted(data ?? "DATA")],
    ...(apart || data === undefined ? ["--validation", quoted(validation ?? "VALIDATION")] : ["--split", splitOf(config.data)]),
    ...["-o", quoted(`${run.replace(/\/+$/, "")}-again`), "-c", quoted(join(folder, settingsName))],
    ...(channels ? ["--channels", quoted(channels.join(","))] : []),
  ];
  const notes = [
    ...(start === undefined
      ? ["The run does not say what its weights started from; the command begins with random ones."]
      : []),
    ...(apart
      ? []
      : [
          "One folder was divided: the command divides it by the same seed; splits.json lists what each set had, and --group is not recorded.",
        ]),
    ...(uniform && sampler.digest !== emptyDigest
      ? ["The images were weighed by a script; the command draws them evenly."]
      : []),
  ];
  return { settings, command: words.join(" "), notes };
}

/** Of a sampler without weights. */
const emptyDigest = "e3b0c44298fc1c14";

function splitOf({ train, validation }: RunRecord["config"]["data"]): string {
  return String(Number((validation.images / (train.images + validation.images)).toFixed(2)));
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
