import { checkObject } from "../system/arguments.js";
import { visible } from "../system/visible.js";
import type { LoadReport } from "./model.js";

const shown = 5;

/** A load report as lines for people: what was done, and what stayed out, with the nearest names. */
export function describeLoad(report: LoadReport): string[] {
  checkObject(report, "report", "a load report", ["loaded", "adapted", "missing", "unexpected", "mismatched", "nearest"]);
  const { loaded, adapted, missing, unexpected, mismatched, nearest } = report;
  const near = (name: string) => visible(nearest[name] === undefined ? name : `${name} (nearest: ${nearest[name]})`);
  const list = (what: string, names: readonly string[]) => {
    if (names.length === 0) return [];
    const more = names.length > shown ? `, and ${names.length - shown} more` : "";
    return [`  ${names.length} ${what}: ${names.slice(0, shown).map(near).join(", ")}${more}`];
  };
  return [
    `${loaded} entries were loaded${adapted.length > 0 ? `; ${adapted.join("; ")}` : ""}.`,
    ...list("not in the file, keep their start", missing),
    ...list("of the file are not used", unexpected),
    ...list("have another shape, keep their start", mismatched),
  ];
}
