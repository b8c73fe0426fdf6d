/** Which rows a comparison has: names and variants of one's own, with the changes of what they are based on. */
import { nearest } from "../config/parse.js";
import { ConfigError } from "../errors.js";
import { check, checkOptions } from "../system/arguments.js";
import { type Ablation, ablationNames, ablations } from "./ablations.js";
import { systemOf as systemNamed, systemNames } from "./systems.js";
import type { Row, Variant } from "./variant.js";

const knownAblations: Readonly<Record<string, Ablation>> = ablations;

/**
 * The rows in the order in which they are trained. A base that is not asked for is added: what is based on it is compared with it.
 * @throws ConfigError ACINUS_CONFIG on an unknown name, one that is there twice, and a base that is none.
 */
export function chooseRows(
  asked: readonly (string | Variant)[] = systemNames,
  ablated: readonly string[] | "all" = [],
  predicted: readonly string[] = [],
): Row[] {
  check(Array.isArray(asked), asked, "options.systems", "a list of names and variants");
  check(ablated === "all" || Array.isArray(ablated), ablated, "options.ablations", 'a list of names, or "all"');
  const rows = new Map<string, Row>();
  const add = (row: Row) => {
    if (!rows.has(row.name)) rows.set(row.name, row);
    else throw wrong(`The system ${JSON.stringify(row.name)} is there twice.`, row.name, "Give each a name of its own.");
  };
  for (const one of asked) {
    if (typeof one === "string") {
      add(systemOf(one));
      continue;
    }
    const row = variantRow(one);
    if (row.base !== undefined && !rows.has(row.base) && !asked.includes(row.base)) add(systemOf(row.base));
    add(row);
  }
  const names = ablated === "all" ? ablationNames : ablated;
  const changed = names.map(ablationRow);
  for (const base of new Set(changed.map((row) => row.base as string))) if (!rows.has(base)) add(systemOf(base));
  for (const row of changed) add(row);
  for (const name of predicted) {
    const description = "predictions that are files";
    add({ name, title: name, description, kind: "predictions", preset: {}, changes: {} });
  }
  if (rows.size === 0)
    throw wrong("Nothing is to be compared: systems, ablations and predictions are empty.", [], "Name one of them.");
  return [...rows.values()];
}

function systemOf(name: string): Row {
  const system = systemNamed(name);
  if (!system) throw unknown("system", name, systemNames);
  const { model, train, sampler, active, evaluate, ...about } = system;
  return { name, kind: "system", ...about, preset: { model, train, sampler, active, evaluate }, changes: {} };
}

function ablationRow(name: string): Row {
  const ablation = Object.hasOwn(knownAblations, name) ? knownAblations[name] : undefined;
  if (!ablation) throw unknown("ablation", name, ablationNames);
  const { model, train, sampler, active, evaluate, base = "enhanced", ...about } = ablation;
  const { preset } = systemOf(base);
  return { name, kind: "ablation", ...about, base, preset, changes: { model, train, sampler, active, evaluate } };
}

const variantKeys = ["name", "title", "description", "base", "model", "train", "sampler", "active", "evaluate"];

function variantRow(variant: Variant): Row {
  checkOptions(variant, "each of options.systems", variantKeys);
  const { name, title = name, description = "", base = "enhanced", ...changes } = variant;
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]*$/.test(name)) {
    const fix = "Use lower-case letters, digits and dashes, beginning with a letter.";
    throw wrong(`A variant cannot be named ${JSON.stringify(name)}.`, name, fix);
  }
  if (systemNamed(name) || Object.hasOwn(ablations, name)) {
    throw wrong(`The comparison has a part named ${JSON.stringify(name)} already.`, name, "Give the variant another name.");
  }
  return { name, title, description, kind: "variant", base, preset: systemOf(base).preset, changes };
}

function unknown(what: string, name: string, names: readonly string[]): ConfigError {
  const guess = nearest(String(name), names);
  const hint = guess ? `Did you mean ${JSON.stringify(guess)}?` : `Known are ${names.join(", ")}.`;
  return wrong(`There is no ${what} ${JSON.stringify(name)}.`, name, hint);
}

function wrong(message: string, value: unknown, fix: string): ConfigError {
  return new ConfigError("ACINUS_CONFIG", message, { value, fix });
}
