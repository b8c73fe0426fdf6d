import type { AcinusError } from "../../lib/errors.js";
import { errorColors, say } from "./output.js";

/** What was wrong with single files, while everything else was done; with --json it is in the document. */
export function reportProblems(problems: readonly AcinusError[], json: boolean): void {
  if (json) return;
  for (const { name, code, message } of problems) say(`${errorColors.red(name)} [${code}] ${message}`);
}

/** A problem as JSON shows it. */
export function describeProblem({ name, code, message, file, value, fix }: AcinusError) {
  return { name, code, message, file, value, fix };
}
