/** What a run folder tells of its run. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TrainEvent } from "../addon/contract.js";
import { AcinusError } from "../errors.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import { runFiles } from "../run/files.js";
import { readLog } from "../run/read-log.js";
import { type RunConfig, RunFolder, type RunSplits } from "../run/run-folder.js";
import { savedEvaluation } from "./saved-evaluation.js";

/** A line of sessions.jsonl. */
export interface Session {
  readonly started: string;
  readonly position: { readonly epoch: number; readonly step: number };
  readonly device?: string;
  readonly threads?: number;
  readonly differences?: readonly string[];
}

export interface RunRecord {
  readonly folder: string;
  readonly config: RunConfig;
  readonly splits: RunSplits | undefined;
  readonly events: readonly TrainEvent[];
  readonly sessions: readonly Session[];
  /** Of validation/summary.json. */
  readonly summary: Evaluation | undefined;
}

/** @throws AcinusError ACINUS_NOT_A_RUN */
export async function readRun(path: string): Promise<RunRecord> {
  const folder = new RunFolder(path);
  const config = await folder.readConfig();
  const parts = [config.model, config.train, config.data, config.data?.train, config.data?.validation];
  if (parts.some((part) => typeof part !== "object" || part === null)) {
    const file = folder.file(runFiles.config);
    throw new AcinusError("ACINUS_NOT_A_RUN", `${file} is not the configuration of a run.`, {
      file,
      fix: "Give the folder that acinus train wrote (-o).",
    });
  }
  return {
    ...{ folder: path, config, splits: await folder.readSplits(), events: readLog(folder.file(runFiles.metrics)) },
    sessions: await readSessions(folder.file(runFiles.sessions)),
    summary: await savedEvaluation(join(path, runFiles.summary)),
  };
}

async function readSessions(path: string): Promise<Session[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const session = JSON.parse(line) as Session;
      return typeof session.position?.epoch === "number" ? [session] : [];
    } catch {
      return [];
    }
  });
}
