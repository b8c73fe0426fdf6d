import { InvalidArgumentError } from "commander";
import { duration } from "./progress.js";

/** Seconds. `3h50m`, `90m`, `45s`, `1d`, or hours, minutes and seconds as batch systems write them: `03:50:00`. */
export function timeSpan(text: string): number {
  const clock = /^(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)$/.exec(text);
  const words = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = (clock ?? words ?? []).map((part) => Number(part ?? 0));
  const span = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  if (span > 0) return span;
  throw new InvalidArgumentError("It must be a time such as 3h50m, 90m, 45s or 03:50:00.");
}

/** Seconds before the end of a batch system's job at which work stops: for the step, the validation and the checkpoint that are under way. */
const margin = 120;
const longestTimer = 2 ** 31 - 1; // ms

/** When work has to stop and who says so; undefined where nothing does. */
export function timeLimit(
  stopAfter: number | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  now = Date.now(),
): { seconds: number; by: string } | undefined {
  const end = Number(environment.SLURM_JOB_END_TIME); // seconds since 1970; Slurm 22.05 and newer
  const ofJob = end > 0 ? Math.max(end - now / 1000 - margin, 1) : Number.POSITIVE_INFINITY;
  if (stopAfter !== undefined && stopAfter <= ofJob) return { seconds: stopAfter, by: `--stop-after ${duration(stopAfter)}` };
  return ofJob < Number.POSITIVE_INFINITY ? { seconds: ofJob, by: "the end of the Slurm job" } : undefined;
}

/** Calls `interrupt` at the limit, unless it is disposed before. */
export function stopAt(limit: { seconds: number; by: string } | undefined, interrupt: (by: string) => void): Disposable {
  if (!limit) return { [Symbol.dispose]: () => undefined };
  const timer = setTimeout(() => interrupt(limit.by), Math.min(1000 * limit.seconds, longestTimer)).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
