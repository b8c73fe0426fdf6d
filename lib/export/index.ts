import { extname } from "node:path";
import { checkModel } from "../addon/handles.js";
import { ConfigError } from "../errors.js";
import type { Model } from "../model/model.js";
import { check, checkPath, isPlain, isSignal } from "../system/arguments.js";
import type { CommonOption, ExportFormat, ExportOptions } from "./format.js";
import { onnx } from "./onnx/index.js";
import { pth, safetensors } from "./weights.js";

export type { ExportFormat, ExportOptions } from "./format.js";

const common: readonly CommonOption[] = ["signal", "inputs", "force"];

/** Every format by its name. */
export const exportFormats = { safetensors, pth, onnx } as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof exportFormats;

/** The format that a file's ending means. @throws ConfigError ACINUS_CONFIG when it means none. */
export function formatOf(file: string): ExportFormatName {
  checkPath(file, "file");
  const ending = extname(file).toLowerCase();
  for (const [name, { endings }] of Object.entries<ExportFormat>(exportFormats)) {
    if (endings.includes(ending)) return name as ExportFormatName;
  }
  const known = Object.values<ExportFormat>(exportFormats).flatMap(({ endings }) => endings);
  const fix = `End it with ${known.join(", ")}, or name the format.`;
  throw new ConfigError("ACINUS_CONFIG", `The name ${file} does not tell its format.`, { file, value: ending, fix });
}

/**
 * Writes a network in a format, by default the one that the file's ending means. Returns the paths of all files written.
 * A file that acinus wrote there before is replaced, another one only with `force`.
 * @throws ConfigError ACINUS_CONFIG on an option that the format does not have, AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED.
 */
export async function exportModel(
  model: Model,
  file: string,
  options: ExportOptions & { readonly format?: ExportFormatName } = {},
): Promise<string[]> {
  checkModel(model);
  checkPath(file, "file");
  check(isPlain(options), options, "options", "an object of options");
  const { format = formatOf(file), ...rest } = options;
  check(
    typeof format === "string" && Object.hasOwn(exportFormats, format),
    format,
    "options.format",
    `one of ${Object.keys(exportFormats).join(", ")}`,
  );
  if (rest.force !== undefined) check(typeof rest.force === "boolean", rest.force, "options.force", "true or false");
  if (rest.signal !== undefined) check(isSignal(rest.signal), rest.signal, "options.signal", "an AbortSignal");
  const { reads, write }: ExportFormat = exportFormats[format];
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || common.some((other) => other === name) || reads.some((known) => known === name)) continue;
    throw new ConfigError("ACINUS_CONFIG", `The format ${format} has no option "${name}"; it has ${reads.join(", ")}.`, {
      value,
    });
  }
  return write(model, file, rest);
}
