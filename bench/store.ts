/** A folder of results: one JSON file a row, and what all of them together look like. A long benchmark can be run in pieces. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { requireFolder, requireWritable, writeOutput } from "../lib/system/output-file.js";
import type { Machine } from "./machine.js";
import { scalingChart } from "./plot.js";
import { machineText, tableText } from "./report.js";
import type { RowResult } from "./results.js";

interface Stored {
  readonly created: string;
  readonly machine: Machine;
  readonly result: RowResult;
}

/** Adds a result, replacing an earlier one of the same row, and draws table.md and scaling.svg anew. */
export async function keep(folder: string, machine: Machine, result: RowResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stored: Stored = { created: new Date().toISOString(), machine, result };
  await writeOutput(join(folder, `${result.name}.json`), `${JSON.stringify(stored, null, 2)}\n`);
  const all = await readAll(folder);
  const results = all.map((one) => one.result);
  const machines = new Map(all.map((one) => [one.machine.cpu, machineText(one.machine)]));
  const several = machines.size > 1 ? "Not all rows are from one machine: compare only within a row.\n\n" : "";
  const table = `${[...machines.values()].join("\n")}\n\n${several}${tableText(results)}\n`;
  await writeOutput(join(folder, "table.md"), table);
  const chart = await scalingChart(results);
  if (chart) await writeOutput(join(folder, "scaling.svg"), chart);
}

/** Makes sure, before anything is measured, that results can be kept there. @throws AcinusError ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED */
export async function requireStore(folder: string, rows: readonly string[]): Promise<void> {
  await requireFolder(folder);
  for (const name of [...rows.map((row) => `${row}.json`), "table.md", "scaling.svg"])
    await requireWritable(join(folder, name));
}

/** The rows of the folder; other documents that lie there are passed over. */
async function readAll(folder: string): Promise<Stored[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const documents = await Promise.all(
    names.map((name) =>
      readFile(join(folder, name), "utf8")
        .then(JSON.parse)
        .catch(() => null),
    ),
  );
  return documents.filter(
    (one): one is Stored => typeof one?.machine?.cpu === "string" && typeof one.result?.name === "string",
  );
}
