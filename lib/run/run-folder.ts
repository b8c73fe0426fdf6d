import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunPosition } from "../addon/contract.js";
import { type ModelConfig, modelConfigSchema } from "../config/model.js";
import { type TrainConfig, trainConfigSchema } from "../config/train.js";
import type { SampleFiles } from "../dataset/types.js";
import { AcinusError } from "../errors.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { isAlive } from "../system/lock.mjs";
import { EventLog } from "./event-log.js";

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
  readonly train: TrainConfig;
  /** Sizes and digests of the contents: a run is continued with the data it began with. */
  readonly data: {
    readonly train: { readonly images: number; readonly digest: string };
    readonly validation: { readonly images: number; readonly digest: string };
    readonly sampler: { readonly seed: number; readonly digest: string };
  };
}

/** splits.json of a run folder: which files were used for what. */
export interface RunSplits {
  readonly train: readonly SampleFiles[];
  readonly validation: readonly SampleFiles[];
}

/** One training run on disk. Everything in it is plain: JSON, JSON lines, safetensors. */
export class RunFolder {
  constructor(readonly path: string) {}

  get last(): string {
    return this.checkpoint("last");
  }
  get best(): string {
    return this.checkpoint("best");
  }
  checkpoint(name: string): string {
    return join(this.path, `checkpoint-${name}.safetensors`);
  }
  file(name: "config.json" | "splits.json" | "metrics.jsonl" | "sessions.jsonl"): string {
    return join(this.path, name);
  }
  /**
   * Starts a run in this folder.
   * @throws AcinusError ACINUS_RUN_EXISTS when it holds one already, unless `overwrite`, which removes that run and nothing else.
   */
  async create(config: RunConfig, splits: RunSplits, overwrite: boolean): Promise<void> {
    if (overwrite) await this.#clear();
    else this.requireNoRun();
    await mkdir(this.path, { recursive: true });
    await writeFileAtomic(this.file("splits.json"), `${JSON.stringify(splits, null, 1)}\n`);
    await writeFileAtomic(this.file("config.json"), `${JSON.stringify(config, null, 2)}\n`);
  }

  /** Removes the unfinished files of processes that were killed while they wrote them. */
  async sweep(): Promise<void> {
    for (const name of existsSync(this.path) ? await readdir(this.path) : []) {
      const writer = /^\.(?:checkpoint-|config|splits).*\.(\d+)\.\w+\.tmp$/.exec(name)?.[1];
      if (writer && !isAlive(Number(writer))) await rm(join(this.path, name), { force: true });
    }
  }

  /** @throws AcinusError ACINUS_RUN_EXISTS */
  requireNoRun(): void {
    if (!this.#holdsRun()) return;
    throw new AcinusError("ACINUS_RUN_EXISTS", `${this.path} already holds a run.`, {
      file: this.path,
      fix: "Continue it with resume, choose another folder, or replace it with overwrite.",
    });
  }

  /** @throws AcinusError ACINUS_NOT_A_RUN */
  requireRun(): void {
    if (this.#holdsRun()) return;
    throw new AcinusError("ACINUS_NOT_A_RUN", `${this.path} holds no run to continue.`, { file: this.path });
  }

  /** Options that are younger than the run have their defaults, which do what was done before. @throws AcinusError ACINUS_NOT_A_RUN */
  async readConfig(): Promise<RunConfig> {
    try {
      const config = JSON.parse(await readFile(this.file("config.json"), "utf8")) as RunConfig;
      const { data: model = config.model } = modelConfigSchema.safeParse(config.model);
      const { data: train = config.train } = trainConfigSchema.safeParse(config.train);
      return { ...config, model, train };
    } catch (cause) {
      const message = `${this.path} holds no run: its config.json cannot be read.`;
      throw new AcinusError("ACINUS_NOT_A_RUN", message, { file: this.file("config.json"), cause });
    }
  }

  /** The configuration of a run that goes on with what may differ. */
  async rewriteConfig(config: RunConfig): Promise<void> {
    await writeFileAtomic(this.file("config.json"), `${JSON.stringify(config, null, 2)}\n`);
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
    await appendFile(this.file("sessions.jsonl"), `${JSON.stringify(session)}\n`);
  }

  openLog(): Promise<EventLog> {
    return EventLog.open(this.file("metrics.jsonl"));
  }

  #holdsRun(): boolean {
    return existsSync(this.file("config.json")) || existsSync(this.last);
  }

  async #clear(): Promise<void> {
    if (!existsSync(this.path)) return;
    const ours =
      /^(checkpoint-.*\.safetensors(\.state(\.next)?)?|config\.json|splits\.json|metrics\.jsonl|sessions\.jsonl|validation|report)$/;
    for (const name of await readdir(this.path)) {
      if (ours.test(name)) await rm(join(this.path, name), { recursive: true, force: true });
    }
  }
}
