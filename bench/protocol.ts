/** How the harness speaks with the process of either side: one JSON object per line, commands in, answers out. */

export type Command =
  | { command: "check" }
  | { command: "run"; count: number }
  /** Only for Python's side: ours is profiled from outside (profile.ts). */
  | { command: "profile"; count: number }
  | { command: "report" }
  | { command: "quit" };

/** Delay of a timer that should fire every millisecond, beyond that millisecond; seconds. */
export interface EventLoopLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Named lists of numbers. */
export type Values = Readonly<Record<string, readonly number[]>>;

export interface Ready {
  readonly type: "ready";
  readonly versions: Readonly<Record<string, string>>;
  /** Trainable values of the network; 0 without one. */
  readonly parameters: number;
  readonly threads: number;
}

/** The job's results on fixed input, without anything random: the other side must get the same. */
export interface Checked {
  readonly type: "check";
  readonly values: Values;
}

export interface Ran {
  readonly type: "run";
  readonly seconds: readonly number[];
  /** Results of the runs, for example a loss each. */
  readonly values: Values;
}

export interface Report {
  readonly type: "report";
  /** Largest resident size of the process, bytes; null where the system does not tell. */
  readonly peakMemory: number | null;
  readonly eventLoopLag: EventLoopLag | null;
}

/** Seconds that operators took by themselves, on the thread that called them. */
export interface Profiled {
  readonly type: "profile";
  readonly operators: readonly { readonly name: string; readonly seconds: number }[];
}

export type Answer = Ready | Checked | Ran | Profiled | Report;

/** The answer in a line, or null when a library printed the line. */
export function parseAnswer(line: string): Answer | null {
  if (!line.startsWith("{")) return null;
  let value: Partial<Answer>;
  try {
    value = JSON.parse(line) as Partial<Answer>;
  } catch {
    return null;
  }
  if (value.type === "ready") return typeof value.versions === "object" ? (value as Ready) : null;
  if (value.type === "check") return areValues(value.values) ? (value as Checked) : null;
  if (value.type === "run") return areNumbers(value.seconds) && areValues(value.values) ? (value as Ran) : null;
  if (value.type === "profile") return Array.isArray(value.operators) ? (value as Profiled) : null;
  return value.type === "report" ? (value as Report) : null;
}

/** JSON has no NaN: a number that is not finite arrives as null. */
function areNumbers(list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === "number" || item === null);
}

function areValues(values: unknown): boolean {
  return typeof values === "object" && values !== null && Object.values(values).every(areNumbers);
}
