/** Numbers of a comparison as people read them. */
import { type MetricName, metrics } from "./metrics.js";
import type { Estimate } from "./statistics.js";

export const missing = "–";

/** 0.9123 → "0.912"; pixels with two decimals. */
export function value(metric: MetricName, number: number): string {
  if (!Number.isFinite(number)) return missing;
  const text = metrics[metric].unit === "px" ? number.toFixed(2) : number.toFixed(3);
  return text.replace("-", "−");
}

/** "0.912 ± 0.004", without ± where there is one repetition. */
export function withDeviation(metric: MetricName, { value: mean, sd }: Estimate): string {
  return Number.isFinite(sd) ? `${value(metric, mean)} ± ${value(metric, sd)}` : value(metric, mean);
}

export function intervalOf(metric: MetricName, { low, high }: { low: number; high: number }): string {
  return Number.isFinite(low) ? `${value(metric, low)} to ${value(metric, high)}` : missing;
}

/** With its sign. */
export function signed(metric: MetricName, number: number): string {
  if (!Number.isFinite(number)) return missing;
  return `${number < 0 ? "−" : "+"}${value(metric, Math.abs(number))}`;
}

export function probability(p: number): string {
  if (!Number.isFinite(p)) return missing;
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** 6640183 → "6.6 M". */
export function counted(number: number | null): string {
  if (number === null) return missing;
  const [scale, letter] = number >= 1e9 ? [1e9, " G"] : number >= 1e6 ? [1e6, " M"] : number >= 1e3 ? [1e3, " k"] : [1, ""];
  return `${(number / scale).toFixed(number >= 1e3 ? 1 : 0)}${letter}`;
}

export function gigabytes(bytes: number | null): string {
  return bytes === null ? missing : `${(bytes / 2 ** 30).toFixed(2)} GB`;
}

export function decimal(number: number | null, digits = 1): string {
  return number === null || !Number.isFinite(number) ? missing : number.toFixed(digits);
}

/** Of cells per 200 × 200 px. */
export function densityRange({ from, to }: { from: number; to: number | null }): string {
  if (to === 0) return "no cells";
  return to === null ? `${from} and more` : from === 0 ? `below ${to}` : `${from} to ${to}`;
}
