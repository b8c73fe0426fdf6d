import { membersHandle, type SegmenterHolder, segmenterHandle } from "../addon/handles.js";
import { type CellRule, type CellRuleOptions, cellRuleSchema } from "../config/cells.js";
import type { Channel } from "../config/data.js";
import type { IntensityLevels, IntensityRule } from "../config/intensity.js";
import { parseConfig } from "../config/parse.js";
import { ConfigError } from "../errors.js";
import { check, checkPath } from "../system/arguments.js";
import { type LoadOptions, Model } from "./model.js";

/**
 * Several models whose probabilities are averaged: of folds, of seeds, of architectures. `Predictor`, `Evaluator` and `chooseCells` take it as they
 * take a model; it takes as much longer as it has members.
 */
export class Ensemble implements Disposable {
  /** Its networks. */
  readonly members: readonly Model[];
  /** How grey values of images become bytes, which is the same for all members. How bright they saw their images is averaged. */
  readonly intensity: IntensityRule | undefined;
  /** The channels that are taken of images, which are the same for all members. */
  readonly channels: Channel[] | undefined;
  /** µm per pixel that images are rescaled to; undefined where the members differ. */
  readonly pixelSize: number | undefined;
  #cells: CellRule | undefined;

  /**
   * @param members one model or more; they stay the caller's, who closes them or the ensemble.
   * @throws ConfigError ACINUS_CONFIG where they take other channels of an image, or map its grey values otherwise.
   */
  constructor(members: readonly Model[]) {
    check(Array.isArray(members) && members.length > 0, members, "members", "a list of models");
    for (const [at, member] of members.entries()) check(isModel(member), member, `members[${at}]`, "a Model");
    const [first] = members as [Model];
    this.members = [...members];
    for (const what of ["channels", "intensity"] as const) {
      const seen = (member: Model) => JSON.stringify(what === "intensity" ? mappingOf(member) : member[what]);
      const other = members.findIndex((member) => seen(member) !== seen(first));
      if (other < 0) continue;
      throw new ConfigError("ACINUS_CONFIG", `Members 0 and ${other} were trained on images with other ${words[what]}.`, {
        value: members[other]?.[what],
        fix: "Average models that see an image alike: open their data with one `channels` and one `intensity`.",
      });
    }
    this.intensity = first.intensity && { ...first.intensity, ...averageLevels(members) };
    this.channels = first.channels;
    this.pixelSize = same(members.map(({ pixelSize }) => pixelSize));
    const rules = members.map(({ cells }) => JSON.stringify(cells));
    this.#cells = rules.every((rule) => rule === rules[0]) ? first.cells : undefined;
  }

  /** Loads checkpoints of ours, one after the other. @throws as `Model.load`, and as the constructor. */
  static async load(files: readonly string[], options: LoadOptions = {}): Promise<Ensemble> {
    check(Array.isArray(files) && files.length > 0, files, "files", "a list of files");
    for (const [at, file] of files.entries()) checkPath(file, `files[${at}]`);
    const members: Model[] = [];
    try {
      for (const file of files) members.push(await Model.load(file, options));
      return new Ensemble(members);
    } catch (error) {
      for (const member of members) member.close();
      throw error;
    }
  }

  /** Threshold and separation: those of the members where they agree, until `useCells` sets others. */
  get cells(): CellRule | undefined {
    return this.#cells;
  }

  /** Sets `cells`, as `chooseCells` gives it for the ensemble; undefined removes it. @throws ConfigError ACINUS_CONFIG */
  useCells(rule: CellRuleOptions | undefined): void {
    this.#cells = rule === undefined ? undefined : parseConfig(cellRuleSchema, rule, "cells");
  }

  get [membersHandle](): readonly SegmenterHolder[] {
    return this.members;
  }

  /** Closes all members. */
  close(): void {
    for (const member of this.members) member.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isModel(value: unknown): boolean {
  return typeof value === "object" && value !== null && segmenterHandle in value;
}

const words = { channels: "channels", intensity: "ranges of grey values" } as const;

/** Members that were trained on other parts of one data set, as folds are, map grey values alike, but saw images of other brightness. */
function mappingOf({ intensity }: Model): Omit<IntensityRule, "levels"> | undefined {
  if (!intensity) return undefined;
  const { levels, ...mapping } = intensity;
  return mapping;
}

function averageLevels(members: readonly Model[]): Pick<IntensityRule, "levels"> {
  const all = members.map(({ intensity }) => intensity?.levels);
  const [first] = all;
  if (!first || !all.every((levels) => levels?.length === first.length)) return {};
  const mean = (of: (levels: IntensityLevels) => number, channel: number) =>
    all.reduce((sum, levels) => sum + of((levels as IntensityLevels[])[channel] as IntensityLevels), 0) / all.length;
  const levels = first.map(({ percentiles }, channel) => ({
    percentiles: percentiles.map((_, i) => mean((one) => one.percentiles[i] as number, channel)),
    noise: mean(({ noise }) => noise, channel),
  }));
  return { levels };
}

function same<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
