/** What commands print: results on standard output (text, or one JSON document), everything else on standard error. */
import pc from "picocolors";
import { AcinusError } from "../../lib/errors.js";
import { visibleText } from "../../lib/system/visible.js";
import { Interrupted } from "./interrupt.js";

const plain = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== "";
/** Colours of standard output and of standard error: off with NO_COLOR and where the stream is no terminal. */
export const colors = pc.createColors(!plain && process.stdout.isTTY === true);
export const errorColors = pc.createColors(!plain && process.stderr.isTTY === true);

/** Prints a note beside the result. */
export function say(text: string): void {
  process.stderr.write(`${forTerminal(text)}\n`);
}

/** Text of ours as it may be printed: line breaks and our colours stay, every other control character, of a name, becomes visible. */
export function forTerminal(text: string): string {
  return text
    .split(ownColours)
    .map((part, i) => (i % 2 === 1 ? part : visibleText(part)))
    .join("");
}

/** As picocolors writes them. */
const ownColours = new RegExp(`(${String.fromCharCode(27)}\\[\\d{1,2}m)`);

/** JSON escapes the control characters below 32 only. */
function asJson(document: unknown): string {
  return JSON.stringify(document, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Prints the command's result: the document with --json, otherwise the text. */
export function print(json: boolean, document: unknown, text: () => string): void {
  process.stdout.write(json ? `${asJson(document)}\n` : `${forTerminal(text())}\n`);
}

/** Columns left-aligned, numbers right-aligned, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const numeric = widths.map((_, column) => rows.slice(1).every((row) => /^[-–\d.% ]*$/.test(row[column] ?? "")));
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => (numeric[i] ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)));
      return cells.join("  ").trimEnd();
    })
    .join("\n");
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** Exit code of an error: 130 interrupted, 2 wrong use, 1 everything else. */
export function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  return error instanceof AcinusError && error.code === "ACINUS_CONFIG" ? 2 : 1;
}

/** Prints an error as `Name [CODE] message`; with --verbose or DEBUG its stack too. */
export function report(error: unknown, { json, verbose }: { json: boolean; verbose: boolean }): void {
  if (json) process.stdout.write(`${asJson({ error: describe(error) })}\n`);
  if (error instanceof Interrupted) {
    say(error.resume ? `Stopped. Continue with:\n  ${error.resume}` : "Stopped.");
  } else if (error instanceof AcinusError) {
    say(`${errorColors.red(error.name)} [${error.code}] ${error.message}`);
  } else if (isOfSystem(error)) {
    say(`${errorColors.red(error.name)} [${error.code}] ${error.message}. ${remedyOf(error)}`);
  } else {
    say(error instanceof Error ? `${errorColors.red(error.name)} ${error.message}` : String(error));
  }
  if (verbose && error instanceof Error) say(error.stack ?? "");
  if (!verbose && !(error instanceof AcinusError) && !(error instanceof Interrupted) && !isOfSystem(error)) {
    say("This was not foreseen. With --verbose it says where it came from.");
  }
}

function remedyOf({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOMEM":
      return "This process may take no more memory: see ulimit -a and the limits of its container.";
    case "ENOSPC":
    case "EDQUOT":
      return "Free some space on that disk, or name a folder on another.";
    case "EMFILE":
    case "ENFILE":
      return "Too many files are open: raise the limit with ulimit -n.";
    default:
      return "Check the path and its permissions.";
  }
}

/** Whether the system refused something about a file. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "path" in error;
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message } = error;
  if (error instanceof Interrupted) return { name, message, resume: error.resume };
  if (!(error instanceof AcinusError)) return { name, message };
  const { code, file, value, fix, problems } = error;
  return { name, code, message, file, value, fix, ...(problems ? { problems: problems.map(describe) } : {}) };
}
