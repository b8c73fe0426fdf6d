/** The comparison of everything that was trained and scored. */
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { native } from "../addon/load.js";
import type { Dataset } from "../dataset/dataset.js";
import { packageVersion } from "../system/version.js";
import { comparedRow, repetitionsOf, scoresOf } from "./collect.js";
import { type Comparison, comparisonFormat, type Failure, type ShownImage } from "./comparison.js";
import { differencesOf, type ScoredRow } from "./differences.js";
import type { Division } from "./divide.js";
import { metricNames, metrics } from "./metrics.js";
import type { CompareConfig } from "./options.js";
import { chooseShown, drawTruth, readSample } from "./pictures.js";
import type { CellRecord } from "./record.js";
import { Resampling, roundsFor } from "./statistics.js";

export async function summarise(
  config: CompareConfig,
  data: Dataset,
  divisions: readonly Division[],
  records: readonly CellRecord[],
  failures: readonly Failure[],
): Promise<Comparison> {
  const { rows, test, folds, budget, seeds, seed, encoder, weights, size, model, train, active } = config;
  const groups = groupsOf(divisions);
  const rounds = roundsFor(new Set(groups.values()).size);
  const resampling = new Resampling(groups, rounds, seed);
  const scored: ScoredRow[] = [];
  const recordsOf = (name: string) => records.filter(({ system }) => system === name);
  for (const row of rows) {
    const repetitions = repetitionsOf(recordsOf(row.name), divisions.length, test !== undefined);
    if (repetitions.length > 0) scored.push({ row, repetitions, scores: await scoresOf(repetitions, resampling) });
  }
  const testImages = test ? [divisions[0] as Division] : divisions;
  const count = (value: (division: Division) => number) => testImages.reduce((sum, division) => sum + value(division), 0);
  const first = divisions[0] as Division;
  return {
    ...{ format: comparisonFormat, acinus: packageVersion(), created: new Date().toISOString(), device: deviceInWords() },
    data: {
      ...{ folder: data.folder, train: first.train.length, validation: first.validation.length },
      test: count((division) => division.test.length),
      testWithCells: count((division) => division.test.maskStatistics.filter((mask) => (mask?.area ?? 0) > 0).length),
      ...{ unit: resampling.units < groups.size ? "group" : "image", units: resampling.units, folds: folds ?? null },
    },
    ...{
      budget,
      seeds: Array.from({ length: seeds }, (_, i) => seed + i),
      common: { encoder, weights, size, model, train, active },
    },
    bootstrap: { rounds, seed },
    metrics: Object.fromEntries(
      metricNames.map((name) => {
        const { title, description, unit, better } = metrics[name];
        return [name, { title, description, unit, better }];
      }),
    ) as unknown as Comparison["metrics"],
    rows: rows.map((row) =>
      comparedRow(
        row,
        scored.find((one) => one.row === row),
        recordsOf(row.name),
      ),
    ),
    differences: await differencesOf(scored, resampling),
    pictures: await picturesOf(config, divisions, records),
    failures,
  };
}

/** Of every scored image its group. */
function groupsOf(divisions: readonly Division[]): Map<string, string> {
  return new Map(divisions.flatMap(({ test }) => test.files.map(({ image }, i) => [image, test.groups[i] as string] as const)));
}

function deviceInWords(): string {
  const gpus = native()
    .cudaDevices()
    .map(({ name }) => name);
  return gpus.length > 0 ? gpus.join(", ") : `${cpus()[0]?.model.trim() ?? "CPU"}, ${native().threads()} threads`;
}

/** The images of the first division, with what each row's first seed made of them. */
async function picturesOf(
  { output, rows }: CompareConfig,
  [division]: readonly Division[],
  records: readonly CellRecord[],
): Promise<ShownImage[]> {
  if (!division) return [];
  const out: ShownImage[] = [];
  for (const index of chooseShown(division.test)) {
    const sample = await readSample(division.test, index);
    if (!sample) continue;
    const image = division.test.files[index]?.image ?? "";
    const { image: original, truth } = await drawTruth(sample);
    const shown: [string, { errors: string; dice: number }][] = [];
    for (const { name } of rows) {
      const record = records.find(({ system, fold }) => system === name && fold === division.fold);
      const file = record?.pictures.find((one) => one.image === image)?.file;
      const errors = file && record && (await readFile(join(output, record.folder, file), "base64").catch(() => undefined));
      const dice = record?.images.find((one) => one.image === image)?.dice ?? Number.NaN;
      if (errors) shown.push([name, { errors, dice }]);
    }
    out.push({
      image,
      original: original.toString("base64"),
      truth: truth.toString("base64"),
      rows: Object.fromEntries(shown),
    });
  }
  return out;
}
