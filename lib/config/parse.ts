import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { ConfigError } from "../errors.js";
import { isPlain, shown as shownInWords } from "../system/arguments.js";

/**
 * Validates `value` and fills in every default of `schema`. `what` names the thing in messages ("model", "trainer").
 * Objects should be `z.strictObject`s: then an unknown key is refused with the nearest known name.
 * @throws ConfigError ACINUS_CONFIG, naming each key at fault, its value and what is allowed.
 */
export function parseConfig<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  if (!isPlain(value))
    throw new ConfigError("ACINUS_CONFIG", `${what} is ${shown(value)}; it must be an object of options.`, { value });
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => sentence(schema, issue, what));
  throw new ConfigError("ACINUS_CONFIG", sentences.join(" "), { value: valueAtFault(result.error.issues[0]) });
}

/** Of an object with an unknown key that key's value: the whole may hold data sets, which nobody wants printed. */
function valueAtFault(issue: z.core.$ZodIssue | undefined): unknown {
  if (issue?.code !== "unrecognized_keys") return issue?.input;
  const [key] = issue.keys;
  return key === undefined ? undefined : Object(issue.input)[key];
}

/** The known name that `name` was most likely meant to be, or undefined when none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

function sentence(schema: z.ZodType, issue: z.core.$ZodIssue, what: string): string {
  const where = [what, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => unknownKey(where, key, known)).join(" ");
  }
  if (issue.code === "invalid_value") {
    const guess = typeof issue.input === "string" ? nearest(issue.input, issue.values.map(String)) : undefined;
    const hint = guess ? ` Did you mean ${JSON.stringify(guess)}?` : "";
    return `${where} is ${shown(issue.input)}; it must be one of ${issue.values.map(shown).join(", ")}.${hint}`;
  }
  if (issue.code === "invalid_union") {
    // Of the alternative that the value came nearest to: the one whose fault lies deepest inside of it, or not in its kind.
    const depth = (issues: z.core.$ZodIssue[]) => Math.min(...issues.map(({ path }) => path.length));
    const rank = (issues: z.core.$ZodIssue[]) => 2 * depth(issues) + (issues.every(isOfItsKind) ? 1 : 0);
    const [nearestMiss] = issue.errors.toSorted((a, b) => rank(b) - rank(a));
    if (nearestMiss && rank(nearestMiss) > 0) {
      return nearestMiss.map((inner) => sentence(schema, { ...inner, path: [...issue.path, ...inner.path] }, what)).join(" ");
    }
  }
  return `${where} is ${shown(issue.input)}: ${issue.message}.`;
}

/** Whether the value is of the kind that was asked for, an object for example, and wrong in what it holds. */
function isOfItsKind({ code }: z.core.$ZodIssue): boolean {
  return code === "unrecognized_keys" || code === "custom";
}

function unknownKey(where: string, key: string, known: string[]): string {
  const guess = nearest(key, known);
  return `${where} has no option "${key}"${guess ? `; did you mean "${guess}"?` : `; known are ${known.join(", ")}.`}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const text = Array.isArray(value) || isPlain(value) ? asJson(value as object) : shownInWords(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function asJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    return shownInWords(value); // a circle, or a bigint in it
  }
}

/** The keys of the object schema that stands at `path`, through defaults, optionals, arrays and unions. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  if (wrappers.some((Wrapper) => schema instanceof Wrapper)) return keysAt((schema as z.ZodOptional).unwrap(), path);
  if (schema instanceof z.ZodPipe) return keysAt(schema.in, path);
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.flatMap((option) => keysAt(option, path)))];
  const [key, ...rest] = path;
  if (schema instanceof z.ZodArray && key !== undefined) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(schema.shape);
  const inner = schema.shape[String(key)];
  return inner ? keysAt(inner, rest) : [];
}

const wrappers = [z.ZodDefault, z.ZodPrefault, z.ZodOptional, z.ZodNullable, z.ZodReadonly];
