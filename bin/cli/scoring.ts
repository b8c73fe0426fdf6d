/** What `acinus evaluate` does with scores, and the scores of predictions that are files. */
import type { TestTimeTransformName } from "../../lib/addon/contract.js";
import type { EmptyPolicy } from "../../lib/config/inference.js";
import type { Dataset } from "../../lib/dataset/dataset.js";
import type { AcinusError } from "../../lib/errors.js";
import type { Evaluation } from "../../lib/evaluate/evaluation.js";
import { scorePredictions } from "../../lib/evaluate/predictions.js";
import { scoresTable, summaryOf, worstTable } from "../../lib/evaluate/summary.js";
import {
  filesIn,
  requireEvaluation,
  type SummaryFiles,
  summaryPlace,
  writeEvaluation,
} from "../../lib/evaluate/summary-files.js";
import type { Context, Shared } from "./command.js";
import type { CrfFlag } from "./crf.js";
import type { DataFlags } from "./data-options.js";
import { colors, print } from "./output.js";
import { describeProblem, reportProblems } from "./problems.js";
import { progress } from "./progress.js";
import type { SeparationFlags } from "./separation.js";
import { read } from "./training-data.js";

export interface EvaluateFlags extends Shared, DataFlags, SeparationFlags {
  tta?: boolean;
  ttaTransforms?: TestTimeTransformName[];
  choose?: boolean;
  crf?: CrfFlag;
  predictions?: string;
  output?: string;
  emptyPolicy?: keyof typeof policies;
  batch?: number;
  tile?: number;
  overlap?: number;
  rescale?: boolean;
  device?: string;
  precision?: "fp32" | "bf16" | "fp16";
  threads?: number;
}

export const policies = { "1": 1, "0": 0, undefined: "undefined" } as const satisfies Record<string, EmptyPolicy>;

/** Scores of predictions that are files. */
export async function scoreFiles(
  folder: string,
  data: string,
  options: EvaluateFlags,
  { json, signal }: Context,
): Promise<number> {
  const emptyPolicy = options.emptyPolicy && policies[options.emptyPolicy];
  const files = options.output === undefined ? null : filesIn(options.output, "summary.json");
  if (files) await requireEvaluation(files);
  const problems: AcinusError[] = [];
  using dataset = await read(data, signal, options, undefined, (problem) => problems.push(problem));
  reportProblems(problems, json);
  const bar = progress("Scoring");
  bar.start(dataset.length);
  const onProgress = (done: number) => bar.update(done);
  const scores = await scorePredictions(folder, dataset, { emptyPolicy, signal, onProgress }).finally(() => bar.stop());
  return reportScores(scores, { data, predictions: folder }, files, problems, json);
}

/** Where summary and table go: as asked, otherwise into the run, otherwise nowhere. */
export async function placeOf(
  { output }: EvaluateFlags,
  folder: string | null,
  dataset: Dataset,
  data: string,
): Promise<SummaryFiles | null> {
  if (output !== undefined) return filesIn(output, "summary.json");
  return folder === null ? null : summaryPlace(folder, dataset, data);
}

export async function reportScores(
  scores: Evaluation,
  about: Record<string, unknown>,
  files: SummaryFiles | null,
  problems: AcinusError[],
  json: boolean,
): Promise<number> {
  if (files) await writeEvaluation(files, scores, about);
  const { summary = null, images = null } = files ?? {};
  print(json, { ...summaryOf(scores, { ...about, summary, table: images }), problems: problems.map(describeProblem) }, () => {
    const worst = `Worst images\n${worstTable(scores)}`;
    const written = files ? [colors.dim(`Written to ${summary} and ${images}`)] : [];
    return [scoresTable(scores), worst, ...written].join("\n\n");
  });
  return problems.length > 0 ? 1 : 0;
}
