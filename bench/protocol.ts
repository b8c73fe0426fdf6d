/** How the harness speaks with the process of either side: one JSON object per line, commands in, answers out. */

export type Command = { command: "steps"; count: number } | { command: "report" } | { command: "quit" };

/** Delay of a timer that should fire every millisecond, beyond that millisecond; seconds. */
export interface EventLoopLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Ready {
  readonly type: "ready";
  readonly versions: Readonly<Record<string, string>>;
  readonly parameters: number;
  readonly threads: number;
}

export interface Steps {
  readonly type: "steps";
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
}

export interface Report {
  readonly type: "report";
  /** Largest resident size of the process, bytes; null where the system does not tell. */
  readonly peakMemory: number | null;
  readonly eventLoopLag: EventLoopLag | null;
}

export type Answer = Ready | Steps | Report;

/** The answer in a line, or null when the line is something else that a library printed. */
export function parseAnswer(line: string): Answer | null {
  if (!line.startsWith("{")) return null;
  let value: Partial<Answer>;
  try {
    value = JSON.parse(line) as Partial<Answer>;
  } catch {
    return null;
  }
  const numbers = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === "number");
  if (value.type === "ready") return typeof value.versions === "object" ? (value as Ready) : null;
  if (value.type === "steps") return numbers(value.seconds) && numbers(value.losses) ? (value as Steps) : null;
  return value.type === "report" ? (value as Report) : null;
}
