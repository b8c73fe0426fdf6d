/** Axes of a chart: from values to places, and where the ticks are. */

export interface Scale {
  (value: number): number;
  readonly domain: readonly [low: number, high: number];
  /** The smallest value that has a place. */
  readonly least: number;
}

/** From `domain`, widened where it is a single value, onto `places`. */
export function scaleOf(
  domain: readonly [number, number],
  [from, to]: readonly [number, number],
  kind: "linear" | "log",
): Scale {
  const [low, high] = widened(domain, kind);
  const [a, b] = kind === "log" ? [Math.log(low), Math.log(high)] : [low, high];
  const scale = (value: number) => from + (((kind === "log" ? Math.log(value) : value) - a) / (b - a)) * (to - from);
  return Object.assign(scale, { domain: [low, high] as const, least: kind === "log" ? low : Number.NEGATIVE_INFINITY });
}

function widened([low, high]: readonly [number, number], kind: "linear" | "log"): [number, number] {
  if (high > low) return [low, high];
  return kind === "log" ? [low / 2, high * 2] : [low - 0.5 * (Math.abs(low) || 1), high + 0.5 * (Math.abs(high) || 1)];
}

/** About so many round values inside. */
export function ticksOf([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten, and their double and fivefold where there are few. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) powers.push(power);
  const values = powers.flatMap((power) => (powers.length > 3 ? [1] : [1, 2, 5]).map((factor) => factor * 10 ** power));
  return values.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
}

/** With as many digits as a reader needs. */
export function written(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace(".0e", "e").replace("-", "−");
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
