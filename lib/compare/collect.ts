/** From the records of all cells to the rows of a comparison. */
import type { ComparedRow, DensityScores, Spread, Stability } from "./comparison.js";
import type { ScoredRow } from "./differences.js";
import { type ImageRecord, type MetricName, metricNames, metricOf } from "./metrics.js";
import type { CellRecord, Cost } from "./record.js";
import { meanRounds } from "./rounds.js";
import { breathe, type Estimate, estimate, meanOf, type Repetition, type Resampling } from "./statistics.js";
import type { Row } from "./variant.js";

/**
 * The repetitions that are complete. Where folds share one test set, each fold of each seed is a repetition; otherwise the folds of a seed
 * together are one, in which every image is scored once.
 */
export function repetitionsOf(records: readonly CellRecord[], folds: number, sharedTest: boolean): Repetition[] {
  if (sharedTest || folds === 1) {
    return records.map(({ seed, fold, images }) => ({ key: fold === null ? `${seed}` : `${seed}.${fold}`, images }));
  }
  const seeds = [...new Set(records.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const parts = records.filter((record) => record.seed === seed);
    return parts.length === folds ? [{ key: `${seed}`, images: parts.flatMap(({ images }) => images) }] : [];
  });
}

export async function scoresOf(
  repetitions: readonly Repetition[],
  resampling: Resampling,
): Promise<Readonly<Record<MetricName, Estimate>>> {
  const scores: [MetricName, Estimate][] = [];
  for (const metric of metricNames) {
    const each = Object.fromEntries(repetitions.map(({ key, images }) => [key, metricOf(metric, images)]));
    scores.push([metric, estimate(each, resampling.values(metric, repetitions))]);
    await breathe();
  }
  return Object.fromEntries(scores) as Record<MetricName, Estimate>;
}

export function comparedRow(row: Row, scored: ScoredRow | undefined, records: readonly CellRecord[]): ComparedRow {
  const images = scored?.repetitions.flatMap((repetition) => repetition.images) ?? [];
  return {
    ...{ name: row.name, title: row.title, description: row.description, kind: row.kind, base: row.base ?? null },
    ...{ argues: row.argues ?? null, paperDice: row.paperDice ?? null, scores: scored?.scores ?? null },
    ...{ spread: spreadOf(images), density: densityOf(images), stability: stabilityOf(records), cost: costOf(records) },
    rounds: meanRounds(records.flatMap(({ rounds }) => (rounds ? [rounds] : []))),
    start: records[0]?.start ?? null,
    curves: records.flatMap(({ seed, fold, learning }) =>
      learning ? [{ key: fold === null ? `${seed}` : `${seed}.${fold}`, epochs: learning.epochs }] : [],
    ),
  };
}

export function spreadOf(images: readonly ImageRecord[]): Spread | null {
  const values = images
    .flatMap(({ hasCells, dice }) => (hasCells && Number.isFinite(dice) ? [dice] : []))
    .sort((a, b) => a - b);
  if (values.length === 0) return null;
  const at = (share: number) => {
    const place = share * (values.length - 1);
    const [below, above] = [values[Math.floor(place)], values[Math.ceil(place)]] as [number, number];
    return below + (above - below) * (place % 1);
  };
  return { minimum: at(0), quartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), maximum: at(1) };
}

/** Of cells per 200 × 200 px; the paper calls more than 8 to 10 dense. */
const densities: readonly (readonly [from: number, to: number | null])[] = [
  [0, 0],
  [0, 4],
  [4, 8],
  [8, 16],
  [16, null],
];

export function densityOf(images: readonly ImageRecord[]): DensityScores[] {
  return densities.flatMap(([from, to]) => {
    const inside = images.filter(({ cells, height, width }) => {
      const density = (cells * 200 * 200) / (height * width);
      return to === 0 ? density === 0 : density > 0 && density >= from && (to === null || density < to);
    });
    if (inside.length === 0) return [];
    const value = (metric: MetricName) => metricOf(metric, inside);
    return [
      {
        ...{ from, to, images: inside.length, dice: value("dicePerImage"), boundaryF1: value("boundaryF1") },
        ...{ shift: value("shift"), objectF1: value("objectF1") },
      },
    ];
  });
}

function stabilityOf(records: readonly CellRecord[]): Stability | null {
  const learnings = records.flatMap(({ learning }) => (learning ? [learning] : []));
  if (learnings.length === 0) return null;
  return {
    collapses: meanOf(learnings.map(({ collapses }) => collapses)),
    jitter: meanOf(learnings.map(({ jitter }) => jitter)),
    skippedSteps: meanOf(learnings.map(({ skippedSteps }) => skippedSteps)),
    outliers: meanOf(learnings.map(({ outliers }) => outliers)),
    bestEpoch: meanOf(learnings.map(({ bestEpoch }) => bestEpoch ?? Number.NaN)),
    epochs: meanOf(learnings.map(({ epochs }) => epochs.length)),
  };
}

function costOf(records: readonly CellRecord[]): Cost {
  const known = <Key extends keyof Cost>(key: Key) => records.map(({ cost }) => cost[key]).filter((value) => value !== null);
  const mean = (key: "imagesPerSecond" | "minutes") => (known(key).length > 0 ? meanOf(known(key)) : null);
  return {
    ...{ parameters: known("parameters")[0] ?? null, multiplyAdds: known("multiplyAdds")[0] ?? null },
    ...{ multiplyAddsSize: known("multiplyAddsSize")[0] ?? null, memory: known("memory")[0] ?? null },
    ...{ imagesPerSecond: mean("imagesPerSecond"), minutes: mean("minutes") },
  };
}
