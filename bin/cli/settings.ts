/** Any option by its dotted name: `-c config.json` and `--set loss.tverskyAlpha=0.6`. Values are checked where they are used. */
import { readFileSync } from "node:fs";
import { isSettings, merge, type Settings } from "../../lib/config/merge.js";
import { ConfigError } from "../../lib/errors.js";

export { isSettings, merge, type Settings };

/** The file's settings with the assignments over them. */
export function readSettings(file: string | undefined, assignments: readonly string[]): Settings {
  return assignments.reduce(assign, file === undefined ? {} : readFile(file));
}

function readFile(file: string): Settings {
  try {
    const settings: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (isSettings(settings)) return settings;
  } catch (cause) {
    throw new ConfigError("ACINUS_CONFIG", `The configuration ${file} cannot be read: ${(cause as Error).message}.`, {
      file,
      cause,
    });
  }
  throw new ConfigError("ACINUS_CONFIG", `The configuration ${file} is no JSON object.`, { file });
}

/** `a.b=1` → { a: { b: 1 } }. A value that is not JSON is taken as text. */
function assign(settings: Settings, assignment: string): Settings {
  const at = assignment.indexOf("=");
  const path = assignment.slice(0, at).split(".");
  if (at < 1 || path.some((key) => key === "" || key === "__proto__")) {
    const fix = "Write --set key=value, for example --set loss.tverskyAlpha=0.6.";
    throw new ConfigError("ACINUS_CONFIG", `"${assignment}" is no assignment.`, { value: assignment, fix });
  }
  return merge(
    settings,
    path.reduceRight<unknown>((value, key) => ({ [key]: value }), parse(assignment.slice(at + 1))) as Settings,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
