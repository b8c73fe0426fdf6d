/** Which trainings there are, how long each is, and in which order devices take them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { native } from "../addon/load.js";
import { modelOptionsSchema } from "../config/model.js";
import { parseConfig } from "../config/parse.js";
import { trainConfigSchema } from "../config/train.js";
import { writeOutput } from "../system/output-file.js";
import { type Pilots, pilotKey, plannedEpochs, secondsPerEpoch, stepsPerEpoch } from "./budget.js";
import type { Division } from "./divide.js";
import type { CompareConfig } from "./options.js";
import type { CellPlan } from "./plan.js";
import { type CellSettings, settingsOf } from "./settings.js";

/** Steps of a cell's training. */
export function stepsOf({ settings, epochs, division }: CellPlan): number {
  return epochs * stepsPerEpoch(division.train.length, settings.train);
}

/** All cells: first one seed of every system, so that there is something to see early. @throws ConfigError ACINUS_CONFIG on wrong options of any. */
export async function planCells(config: CompareConfig, divisions: readonly Division[]): Promise<CellPlan[]> {
  const { rows, seeds, seed: first } = config;
  const open = Array.from({ length: seeds }, (_, i) => first + i).flatMap((seed) =>
    divisions.flatMap((division) =>
      rows.flatMap((row) =>
        row.kind === "predictions" ? [] : [{ row, seed, division, settings: settingsOf(row, config, seed) }],
      ),
    ),
  );
  for (const { row, settings } of open) checkSettings(row.name, settings);
  const epochs = await epochsOf(config, open);
  return open.map((cell, i) => ({ ...cell, epochs: epochs[i] as number }));
}

/** Before anything is trained. */
function checkSettings(name: string, { model, train }: CellSettings): void {
  parseConfig(modelOptionsSchema, model, `${name}.model`);
  const { loss, ...rest } = train;
  parseConfig(trainConfigSchema, typeof loss === "function" ? rest : train, `${name}.train`);
}

async function epochsOf(config: CompareConfig, open: readonly Omit<CellPlan, "epochs">[]): Promise<number[]> {
  const { budget, output, signal, onEvent, devices } = config;
  const { minutes } = budget;
  const file = join(output, "pace.json");
  const pilots: Pilots = minutes === undefined ? {} : await readPilots(file);
  const epochs: number[] = [];
  for (const { row, settings, division } of open) {
    const planned = plannedEpochs(budget, stepsPerEpoch(division.train.length, settings.train));
    if (planned !== undefined || minutes === undefined) {
      epochs.push(planned ?? 1);
      continue;
    }
    const key = pilotKey(settings, minutes, division);
    if (!pilots[key]) {
      onEvent({ type: "timing", system: row.name });
      const device = devices?.[0];
      const given = device === undefined ? settings : { ...settings, train: { ...settings.train, device } };
      const pace = await secondsPerEpoch(given, division, signal);
      pilots[key] = { system: row.name, epochs: Math.max(1, Math.floor((60 * minutes) / pace)), secondsPerEpoch: pace };
      await writeOutput(file, `${JSON.stringify(pilots, null, 1)}\n`);
    }
    epochs.push(pilots[key]?.epochs as number);
  }
  return epochs;
}

async function readPilots(file: string): Promise<Pilots> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Pilots;
  } catch {
    return {}; // none yet
  }
}

/** Where trainings run: as asked, otherwise on all GPUs, otherwise on the CPU. */
export function devicesOf({ devices }: Pick<CompareConfig, "devices">): string[] {
  if (devices) return devices;
  const gpus = native()
    .cudaDevices()
    .map((_, i) => `cuda:${i}`);
  return gpus.length > 0 ? gpus : ["cpu"];
}

/** Does all the work, one piece at a time on each device, in order. The first error stops what has not begun. */
export async function onDevices<Work>(
  devices: readonly string[],
  works: readonly Work[],
  carryOut: (work: Work, device: string) => Promise<void>,
): Promise<void> {
  const queue = [...works];
  let failed = false;
  const results = await Promise.allSettled(
    devices.map(async (device) => {
      for (let work = queue.shift(); work !== undefined && !failed; work = queue.shift()) {
        await carryOut(work, device).catch((error) => {
          failed = true;
          throw error;
        });
      }
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
