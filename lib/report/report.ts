/** The page of a run: what the training did, what the network finds, and where it fails. */
import { join } from "node:path";
import type { Interval } from "../addon/contract.js";
import { recordOf } from "../compare/metrics.js";
import { interval, Resampling, roundsFor } from "../compare/statistics.js";
import type { DatasetStatistics } from "../dataset/statistics.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import { imageTable } from "../evaluate/image-table.js";
import { checkPath } from "../system/arguments.js";
import { requireFolder, requireWritable, writeOutput } from "../system/output-file.js";
import { packageVersion } from "../system/version.js";
import { alertsOf } from "./alerts.js";
import type { ReportContent } from "./content.js";
import { type Looked, lookAt } from "./look.js";
import { checkReportOptions, type ReportOptions } from "./options.js";
import { reportPage } from "./page/page.js";
import { reproductionOf, settingsName } from "./reproduce.js";
import { type RunRecord, readRun } from "./run-record.js";

/** What was written. */
export interface Report {
  /** Path of the page. */
  readonly page: string;
  /** scores.csv, cells.csv and settings.json, as far as there is something to write. */
  readonly files: readonly string[];
  /** Of the validation images with the best weights, or as validation/summary.json has it; undefined without either. */
  readonly evaluation: Evaluation | undefined;
  /** What asks for a second look, a sentence each. */
  readonly alerts: readonly string[];
}

const names = { page: "index.html", scores: "scores.csv", cells: "cells.csv", settings: settingsName } as const;

/**
 * Writes `report/index.html` into a run folder: one file that needs no network. Where the validation images are at hand, they are predicted with
 * the best weights; otherwise the page has what the run folder has, and says what is missing.
 * @throws AcinusError ACINUS_NOT_A_RUN, ACINUS_FILE_EXISTS, ACINUS_WRITE_FAILED; DataError where `data` is given and cannot be used.
 */
export async function writeReport(run: string, options: ReportOptions = {}): Promise<Report> {
  checkPath(run, "run");
  checkReportOptions(options);
  const record = await readRun(run);
  const { output = join(run, "report"), force } = options;
  const at = (name: keyof typeof names) => join(output, names[name]);
  await requireFolder(output);
  for (const name of Object.keys(names) as (keyof typeof names)[]) {
    await requireWritable(at(name), { force, fix: "Move that file away, choose another folder, or replace it with force." });
  }
  const looked = await lookAt(record, options);
  const evaluation = looked?.evaluation ?? record.summary;
  const reproduction = reproductionOf(record, output);
  const beside: [string, string][] = [
    ...(evaluation ? [[at("scores"), imageTable(evaluation)] as [string, string]] : []),
    ...(looked?.cells ? [[at("cells"), looked.cells] as [string, string]] : []),
    ...(reproduction.settings
      ? [[at("settings"), `${JSON.stringify(reproduction.settings, null, 2)}\n`] as [string, string]]
      : []),
  ];
  const content: ReportContent = {
    ...{ run: record, acinus: packageVersion(), created: new Date().toISOString(), evaluation, reproduction },
    scored: describe(looked, record),
    objectF1: await objectInterval(evaluation),
    alerts: alertsOf(record, evaluation, looked.notes),
    pictures: looked.pictures,
    crops: looked.crops,
    tables: tables(record, looked),
    cost: looked.cost,
    files: beside.map(([path]) => path.slice(output.length).replace(/^[\\/]/, "")),
  };
  for (const [path, text] of beside) await writeOutput(path, text, { force });
  await writeOutput(at("page"), reportPage(content), { force });
  return { page: at("page"), files: beside.map(([path]) => path), evaluation, alerts: content.alerts.map(({ text }) => text) };
}

function describe({ evaluation, weights }: Looked, { summary }: RunRecord): string {
  if (evaluation) return `The scores are of ${evaluation.images} validation images with ${weights}.`;
  return summary ? "The scores are those that acinus evaluate wrote to validation/summary.json." : "";
}

function tables({ config }: RunRecord, { statistics }: Looked): ReportContent["tables"] {
  const { train, validation } = config.data;
  const set = (name: string, found: DatasetStatistics | undefined) => (found ? [{ name, statistics: found }] : []);
  return [...set("Training", train.statistics), ...set("Validation", validation.statistics ?? statistics)];
}

/** Of the F1 of cells, over images, as the other intervals are. */
async function objectInterval(evaluation: Evaluation | undefined): Promise<Interval> {
  if (!evaluation) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const images = evaluation.perImageScores.map(recordOf).map((one, i) => ({ ...one, image: String(i) }));
  const groups = new Map(images.map(({ image }) => [image, image]));
  const resampling = new Resampling(groups, roundsFor(images.length), 0);
  const [low, high] = interval(resampling.values("objectF1", [{ key: "", images }]));
  return { value: evaluation.objects.f1, low, high };
}
