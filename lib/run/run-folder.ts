import { constants, statSync } from "node:fs";
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunPosition } from "../addon/contract.js";
import type { Channel } from "../config/data.js";
import type { IntensityRule } from "../config/intensity.js";
import { withTodaysNames } from "../config/loss.js";
import { type ModelConfig, modelConfigSchema } from "../config/model.js";
import { type TrainConfig, trainConfigSchema } from "../config/train.js";
import type { DatasetStatistics } from "../dataset/statistics.js";
import type { SampleFiles } from "../dataset/types.js";
import { AcinusError } from "../errors.js";
import { sweepLeftovers, writeFailed, writeFileAtomic } from "../system/atomic-file.js";
import { identityOf, requireFolder } from "../system/output-file.js";
import { entryAt, openRegular } from "../system/regular-file.js";
import { recordName, WrittenRecord } from "../system/written-record.js";
import { EventLog } from "./event-log.js";
import { checkpointName, isCheckpointName, runFiles, stateEndings } from "./files.js";
import { inspectRunFolder, inspectWholeRun, type RunFiles } from "./inspect.js";
import { RunLock } from "./run-lock.js";

/** config.json of a run folder: everything that made the run. */
export interface RunConfig {
  readonly acinus: string;
  /** Digest of the addon and the library, which tells builds of one version apart. */
  readonly build: string;
  readonly libtorch: string;
  readonly node: string;
  /** ISO 8601. */
  readonly created: string;
  /** What it runs on, in words. */
  readonly device: string;
  readonly threads: number;
  readonly model: ModelConfig;
  /** What the weights started from: "random", a file, "hf:…" or "imagenet:…"; runs of earlier versions do not tell. */
  readonly start?: string;
  /** How grey values of the training images became bytes; runs of earlier versions have none. */
  readonly intensity?: IntensityRule;
  /** The channels that were taken of images with several. */
  readonly channels?: Channel[];
  /** µm per pixel of the training images, where they have about one; runs of earlier versions do not tell. */
  readonly pixelSize?: number;
  readonly train: TrainConfig;
  /** Sizes and digests of the contents: a run is continued with the data it began with. */
  readonly data: {
    readonly train: RunData;
    readonly validation: RunData;
    /** `complexity`: which formula gave the weights; runs before there were two have none. */
    readonly sampler: {
      readonly seed: number;
      readonly digest: string;
      readonly complexity?: "v2" | "v1";
      /** The order of each epoch came from a function of a script, which drew so many images. */
      readonly own?: boolean;
      readonly draws?: number;
    };
    /** "own": a function of a script changed the pixels of batches. */
    readonly transform?: "own";
  };
}

export interface RunData {
  readonly images: number;
  readonly digest: string;
  /** Of all masks; runs of earlier versions have none. */
  readonly masks?: string;
  /** The paper's Table I; runs of earlier versions have none. */
  readonly statistics?: DatasetStatistics;
}

/** One image of a run with digests of its pixels and of its mask's, which tell what changed. */
export interface RunSample extends SampleFiles {
  readonly imageDigest?: string;
  readonly maskDigest?: string;
}

/** splits.json of a run folder: which files were used for what. */
export interface RunSplits {
  readonly train: readonly RunSample[];
  readonly validation: readonly RunSample[];
}

/** How a training begins in its folder. */
export type RunStart = "new" | "resume" | "overwrite";

/** One training run on disk. Everything in it is plain: JSON, JSON lines, safetensors. */
export class RunFolder {
  #lock: RunLock | undefined;
  #taking: Promise<RunLock> | undefined;
  #holds = 0;
  #begun = false;
  /** sessions.jsonl when the folder was given back: another's session since then shows in it. */
  #left: string | undefined;

  constructor(readonly path: string) {}

  get last(): string {
    return this.checkpoint("last");
  }
  get best(): string {
    return this.checkpoint("best");
  }
  checkpoint(name: string): string {
    return join(this.path, checkpointName(name));
  }
  file(name: (typeof runFiles)["config" | "splits" | "metrics" | "sessions"]): string {
    return join(this.path, name);
  }

  /** Whether there is a run that can be continued or replaced. */
  get holdsRun(): boolean {
    return inspectRunFolder(this.path).holdsRun;
  }

  /**
   * Makes sure that a training may begin here, before any long work.
   * @param inputs files that the training starts from.
   * @throws AcinusError ACINUS_RUN_EXISTS, ACINUS_NOT_A_RUN; ACINUS_FILE_EXISTS when files of the user's have the names of a run's.
   */
  async requireStart(start: RunStart, inputs: readonly string[] = []): Promise<void> {
    await requireFolder(this.path);
    if (start === "resume") this.requireRun();
    else if (start === "new") this.requireNoRun();
    else await this.#replaceable(inputs);
  }

  /**
   * Holds the folder for its caller's training: one at a time, over all processes. Several holds by way of this object are one.
   * @throws AcinusError ACINUS_RUN_LOCKED; ACINUS_RUN_EXISTS when another training was here since the last hold.
   */
  async hold(): Promise<() => void> {
    this.#holds++;
    let held = true;
    const release = () => {
      if (held) this.#release();
      held = false;
    };
    try {
      this.#taking ??= RunLock.take(this.path);
      this.#lock = await this.#taking;
      if (this.#left !== undefined && this.#left !== this.#sessions()) throw this.#continuedElsewhere();
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  #release(): void {
    if (--this.#holds > 0) return;
    if (this.#lock && this.#begun) this.#left ??= this.#sessions();
    this.#lock?.release();
    this.#lock = undefined;
    this.#taking = undefined;
  }

  /** Starts a run in this folder, which is held. Errors as of `requireStart`. */
  async create(config: RunConfig, splits: RunSplits, overwrite: boolean, inputs: readonly string[] = []): Promise<void> {
    if (overwrite) await this.#clear(inputs);
    else this.requireNoRun();
    await writeFileAtomic(this.file(runFiles.splits), `${JSON.stringify(splits, null, 1)}\n`);
    await writeFileAtomic(this.file(runFiles.config), `${JSON.stringify(config, null, 2)}\n`);
  }

  /** Removes the unfinished files of processes that were killed while they wrote them. */
  async sweep(): Promise<void> {
    const own = new Set<string>(Object.values(runFiles));
    await sweepLeftovers(this.path, (target) => {
      const ending = stateEndings.findLast((state) => target.endsWith(state)) ?? "";
      return own.has(target) || isCheckpointName(ending ? target.slice(0, -ending.length) : target);
    });
  }

  /** @throws AcinusError ACINUS_RUN_EXISTS, ACINUS_FILE_EXISTS */
  requireNoRun(): void {
    const files = inspectRunFolder(this.path);
    this.#requireNoForeign(files);
    if (!files.holdsRun) return;
    throw new AcinusError("ACINUS_RUN_EXISTS", `${this.path} already holds a run.`, {
      file: this.path,
      fix: "Continue it with resume, choose another folder, or replace it with overwrite.",
    });
  }

  /** @throws AcinusError ACINUS_NOT_A_RUN */
  requireRun(): void {
    if (this.holdsRun) return;
    throw new AcinusError("ACINUS_NOT_A_RUN", `${this.path} holds no run to continue.`, {
      file: this.path,
      fix: 'Leave out resume, or use resume "auto", which begins where there is no run.',
    });
  }

  /** Options that are younger than the run have their defaults, which do what was done before. @throws AcinusError ACINUS_NOT_A_RUN */
  async readConfig(): Promise<RunConfig> {
    try {
      const config = JSON.parse(await readFile(this.file(runFiles.config), "utf8")) as RunConfig;
      const { data: model = config.model } = modelConfigSchema.safeParse(config.model);
      const { data: train = config.train } = trainConfigSchema.safeParse(withTodaysNames(config.train));
      return { ...config, model, train };
    } catch (cause) {
      const message = `${this.path} holds no run: its config.json cannot be read.`;
      throw new AcinusError("ACINUS_NOT_A_RUN", message, { file: this.file(runFiles.config), cause });
    }
  }

  /** Undefined where it is missing or damaged: a run goes on without it. */
  async readSplits(): Promise<RunSplits | undefined> {
    try {
      const splits = JSON.parse(await readFile(this.file(runFiles.splits), "utf8")) as RunSplits;
      return Array.isArray(splits.train) && Array.isArray(splits.validation) ? splits : undefined;
    } catch {
      return undefined;
    }
  }

  /** The configuration of a run that goes on with what may differ. */
  async rewriteConfig(config: RunConfig): Promise<void> {
    await writeFileAtomic(this.file(runFiles.config), `${JSON.stringify(config, null, 2)}\n`);
  }

  /** Adds to sessions.jsonl when, on what and from where on the run was worked on; metrics.jsonl holds nothing of stops. */
  async noteSession(config: RunConfig, position: RunPosition, differences: readonly string[]): Promise<void> {
    const { acinus, build, libtorch, node, device, threads } = config;
    const session = {
      started: new Date().toISOString(),
      position,
      acinus,
      build,
      libtorch,
      node,
      device,
      threads,
      differences,
    };
    const path = this.file(runFiles.sessions);
    try {
      await using file = await openRegular(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
      await file.writeFile(`${JSON.stringify(session)}\n`);
    } catch (error) {
      throw writeFailed(path, error);
    }
    this.#begun = true;
    this.#left = undefined;
  }

  openLog(): Promise<EventLog> {
    return EventLog.open(this.file(runFiles.metrics));
  }

  #sessions(): string {
    const found = statSync(this.file(runFiles.sessions), { bigint: true, throwIfNoEntry: false });
    return found ? `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}` : "none";
  }

  #continuedElsewhere(): AcinusError {
    return new AcinusError("ACINUS_RUN_EXISTS", `The run in ${this.path} was continued by another training meanwhile.`, {
      file: this.path,
      fix: "Make a new trainer that resumes it.",
    });
  }

  #requireNoForeign({ foreign }: RunFiles): void {
    const [name] = foreign;
    if (name === undefined) return;
    const more = foreign.length > 1 ? ` (and ${foreign.length - 1} more)` : "";
    const message = `${join(this.path, name)}${more} has a name that a run gives, but no run of acinus wrote it.`;
    throw new AcinusError("ACINUS_FILE_EXISTS", message, {
      file: join(this.path, name),
      value: foreign,
      fix: "Choose another folder, or move that file away.",
    });
  }

  /** The files that an overwrite removes, by content those of a run; what else lies in the folder stays. */
  async #replaceable(inputs: readonly string[]): Promise<readonly string[]> {
    const files = inspectWholeRun(this.path);
    this.#requireNoForeign(files);
    if (!files.holdsRun && files.others.length > 0) {
      const list = files.others.slice(0, 3).join(", ");
      const message = `${this.path} holds no run that could be replaced, but ${list}${files.others.length > 3 ? ", …" : ""}.`;
      throw new AcinusError("ACINUS_NOT_A_RUN", message, {
        file: this.path,
        fix: "Choose another folder, or leave out overwrite: a new run then begins beside what is there.",
      });
    }
    const removed = new Map<string, string>();
    for (const name of files.own) removed.set((await identityOf(join(this.path, name))) ?? name, name);
    for (const input of inputs) {
      const name = removed.get((await identityOf(input)) ?? "");
      if (name === undefined) continue;
      const message = `${input} is what the training starts from, and part of the run that overwrite would remove.`;
      throw new AcinusError("ACINUS_FILE_EXISTS", message, {
        file: input,
        fix: "Choose another folder, or copy it elsewhere first.",
      });
    }
    return files.own;
  }

  async #clear(inputs: readonly string[]): Promise<void> {
    const own = await this.#replaceable(inputs);
    for (const name of own) await rm(join(this.path, name), { force: true });
    for (const name of ["validation", "evaluation", "report"]) {
      await removeWritten(
        join(this.path, name),
        own.some((file) => file.startsWith(`${name}/`)),
      );
    }
  }
}

/** Removes what the folder's record names and nobody changed, and the folder when it was ours and nothing else is in it. */
async function removeWritten(folder: string, ours: boolean): Promise<void> {
  if (!(await entryAt(folder))?.isDirectory()) return; // what is behind a link belongs to somebody
  const record = await WrittenRecord.of(folder);
  for (const name of record.names) if (await record.isOurs(name)) await rm(join(folder, name), { force: true });
  const left = await readdir(folder);
  if (left.some((name) => name !== recordName) || (left.length === 0 && !ours)) return;
  await rm(join(folder, recordName), { force: true });
  await rmdir(folder);
}
