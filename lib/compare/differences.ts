/** Which rows differ, and in what. */
import type { Difference } from "./comparison.js";
import { type MetricName, metricNames } from "./metrics.js";
import { breathe, type Estimate, holm, interval, pValue, type Repetition, type Resampling } from "./statistics.js";
import type { Row } from "./variant.js";

/** A row with what was scored of it. */
export interface ScoredRow {
  readonly row: Row;
  readonly repetitions: readonly Repetition[];
  readonly scores: Readonly<Record<MetricName, Estimate>>;
}

/** Each system with each other, and each ablation with its base. The better-trained sense of "first": the later row of the table. */
export function pairsOf(rows: readonly ScoredRow[]): [first: ScoredRow, second: ScoredRow][] {
  const systems = rows.filter(({ row }) => row.kind !== "ablation");
  const pairs = systems.flatMap((second, i) => systems.slice(i + 1).map((first): [ScoredRow, ScoredRow] => [first, second]));
  for (const scored of rows) {
    const base = scored.row.kind === "ablation" ? rows.find(({ row }) => row.name === scored.row.base) : undefined;
    if (base) pairs.push([scored, base]);
  }
  return pairs;
}

export async function differencesOf(rows: readonly ScoredRow[], resampling: Resampling): Promise<Difference[]> {
  const pairs = pairsOf(rows);
  const out: Difference[] = [];
  for (const metric of metricNames) {
    const resampled = new Map<ScoredRow, Float64Array>();
    for (const scored of rows) {
      resampled.set(scored, resampling.values(metric, scored.repetitions));
      await breathe();
    }
    const found = pairs.map(([first, second]) => {
      const [a, b] = [resampled.get(first), resampled.get(second)] as [Float64Array, Float64Array];
      return difference(
        metric,
        first,
        second,
        a.map((value, i) => value - (b[i] as number)),
      );
    });
    const adjusted = holm(found.map(({ p }) => p));
    out.push(...found.map((one, i) => judged(one, adjusted[i] as number)));
  }
  return out;
}

function difference(metric: MetricName, first: ScoredRow, second: ScoredRow, resampled: Float64Array) {
  const [a, b] = [first.scores[metric], second.scores[metric]];
  const [low, high] = interval(resampled);
  const each = Object.fromEntries(
    Object.entries(a.each).flatMap(([key, value]) => (key in b.each ? [[key, value - (b.each[key] as number)]] : [])),
  );
  return {
    first: first.row.name,
    second: second.row.name,
    metric,
    value: a.value - b.value,
    low,
    high,
    p: pValue(resampled),
    each,
  };
}

function judged(one: Omit<Difference, "adjusted" | "verdict">, adjusted: number): Difference {
  const agree = Object.values(one.each).every((value) => Math.sign(value) === Math.sign(one.value));
  return { ...one, adjusted, verdict: adjusted < 0.05 && agree ? "real" : "undecided" };
}
