/** Options as plain objects, before a schema has looked at them. */
export type Settings = { [key: string]: unknown };

/** Settings with `over` on top: objects are merged, everything else is replaced, and undefined values are left out. */
export function merge(under: Settings, over: Settings): Settings {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const before = result[key];
    result[key] = isSettings(before) && isSettings(value) ? merge(before, value) : value;
  }
  return result;
}

export function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
