/** Where the scores of an evaluation are written: beside a run, or in a folder of their own. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { TrainableDataset } from "../dataset/types.js";
import { digest } from "../run/digest.js";
import { isSummary as isFormatOfSummary, runFiles } from "../run/files.js";
import { RunFolder } from "../run/run-folder.js";
import { checkPath } from "../system/arguments.js";
import { requireFolder, requireWritable, writeOutput } from "../system/output-file.js";
import type { Evaluation } from "./evaluation.js";
import { imageTable, imageTableHead } from "./image-table.js";
import { summaryOf } from "./summary.js";

/** A summary, and the table of its images. */
export interface SummaryFiles {
  readonly summary: string;
  readonly images: string;
}

/**
 * Writes `validation/summary.json` and `validation/images.csv` into a run folder and returns the summary's path. Undefined scores are null in
 * the one and empty in the other. `extra` is put beside the scores, for what the caller knows of them: the data's folder, the checkpoint.
 * @throws AcinusError ACINUS_FILE_EXISTS where a file is another one, ACINUS_WRITE_FAILED
 */
export async function writeSummary(
  runFolder: string,
  evaluation: Evaluation,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  checkPath(runFolder, "runFolder");
  const files = filesIn(runFolder, runFiles.summary);
  await writeEvaluation(files, evaluation, extra);
  return files.summary;
}

/** Writes both files. Errors as of `writeSummary`. */
export async function writeEvaluation(
  files: SummaryFiles,
  evaluation: Evaluation,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const text = `${JSON.stringify(summaryOf(evaluation, extra), null, 2)}\n`; // first, since it checks what it is given
  await requireEvaluation(files);
  await writeOutput(files.images, imageTable(evaluation), { recognise: isTable });
  await writeOutput(files.summary, text, { recognise: isSummary });
}

/** Makes sure before long work that both can be written. */
export async function requireEvaluation({ summary, images }: SummaryFiles): Promise<void> {
  await requireFolder(dirname(summary));
  await requireWritable(summary, { recognise: isSummary, fix: "Move that file away." });
  await requireWritable(images, { recognise: isTable, fix: "Move that file away." });
}

/**
 * Where the scores on this data set belong in a run folder: to the validation where these are its images, otherwise to `evaluation/NAME.json` by the
 * data's name, so that the validation's summary stays. @param data where the data set is.
 */
export async function summaryPlace(runFolder: string, dataset: TrainableDataset, data: string): Promise<SummaryFiles> {
  const config = await new RunFolder(runFolder).readConfig().catch(() => undefined);
  const validation = config?.data?.validation;
  const own = !validation || (validation.images === dataset.length && validation.digest === digest(dataset.contentHashes));
  if (own) return filesIn(runFolder, runFiles.summary);
  const name = basename(resolve(data)).replace(/[^\w.-]+/g, "-") || "data";
  for (let n = 1; ; n++) {
    const files = filesIn(runFolder, join("evaluation", `${n === 1 ? name : `${name}-${n}`}.json`));
    const before = await readFile(files.summary, "utf8").catch(() => undefined);
    if (before === undefined || dataOf(before) === resolve(data)) return files;
  }
}

/** The summary and the table beside it. */
export function filesIn(folder: string, name: string): SummaryFiles {
  const summary = join(folder, name);
  const images = name.endsWith("summary.json") ? join(dirname(summary), "images.csv") : summary.replace(/\.json$/, ".csv");
  return { summary, images };
}

function dataOf(summary: string): string | undefined {
  try {
    const { data } = JSON.parse(summary) as { data?: unknown };
    return typeof data === "string" ? resolve(data) : undefined;
  } catch {
    return undefined;
  }
}

async function isSummary(path: string): Promise<boolean> {
  try {
    const { format } = JSON.parse(await readFile(path, "utf8")) as { format?: unknown };
    return isFormatOfSummary(format);
  } catch {
    return false;
  }
}

async function isTable(path: string): Promise<boolean> {
  return (await readFile(path, "utf8").catch(() => "")).startsWith(imageTableHead);
}
