import { createHash } from "node:crypto";

/** A short name of a list of contents. */
export function digest(parts: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\n");
  return hash.digest("hex").slice(0, 16);
}

/** A short name of settings: the same whatever the order of their keys. Functions count by their text. */
export function digestOf(value: unknown): string {
  return digest([canonical(value)]);
}

function canonical(value: unknown): string {
  if (typeof value === "function") return JSON.stringify(String(value));
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`)
    .join(",")}}`;
}
