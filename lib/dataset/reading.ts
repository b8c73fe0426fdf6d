/** What the truths of a whole set turn out to be: one image alone may not tell cells from classes. */
import { ignoredPixel } from "../config/data.js";
import { ConfigError } from "../errors.js";
import type { Channel } from "./channels.js";
import { areCells } from "./masks.js";
import type { Truth, TruthKind } from "./truth.js";

export class Reading {
  readonly #classes = new Set<string>();
  #values = 0;
  #parts = 0;
  #numbered = false;
  /** Whether one image has two numbers, and whether one has the number that usually means "cell". */
  #several = false;
  #full = false;

  #ignored = false;

  add({ kind, values, parts, classes, mask }: Truth): void {
    this.#ignored ||= mask.includes(ignoredPixel);
    for (const name of classes) this.#classes.add(name);
    if (kind === "binary") {
      this.#full ||= classes.some((name) => name === "255" || name === "65535");
      return;
    }
    this.#several ||= values > 1;
    this.#numbered = true;
    this.#values += values;
    this.#parts += parts;
  }

  get kind(): TruthKind {
    // One mask of 0 and 7 among masks of 0 and 255 is a mask with another pen.
    if (!this.#numbered || (this.#full && !this.#several)) return "binary";
    return areCells(this.#values, this.#parts) ? "labels" : "classes";
  }

  /** Names of classes, or the values of masks that mark classes; empty where the data knows none. */
  get classes(): string[] {
    const all = [...this.#classes].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const named = all.some((name) => !/^\d+$/.test(name));
    return named || this.kind === "classes" ? all : [];
  }

  /** Whether some pixel does not count. */
  get ignoring(): boolean {
    return this.#ignored;
  }

  /** An error where a class was asked for that no image has. */
  unknownClass(folder: string, asked: readonly Channel[] = []): ConfigError | undefined {
    const known = new Set([...this.#classes].map((name) => name.toLowerCase()));
    const missing = asked.find(
      (name) => !known.has(String(name).toLowerCase()) && !(Number.isInteger(Number(name)) && known.size > 0),
    );
    if (missing === undefined) return undefined;
    const list = this.#classes.size > 0 ? `has the classes ${[...this.#classes].sort().join(", ")}` : "knows no classes";
    const fix = this.#classes.size > 0 ? "Name one of these." : "Leave out `classes` (--classes).";
    return new ConfigError("ACINUS_CONFIG", `${folder} ${list}; ${missing} is none of them.`, {
      file: folder,
      value: missing,
      fix,
    });
  }
}

export function describeTruth({ kind, classes }: Reading, instancesBeside: boolean): string {
  const named = classes.length > 0 ? ` of the classes ${classes.slice(0, 8).join(", ")}${classes.length > 8 ? ", …" : ""}` : "";
  if (kind === "labels" || instancesBeside) return `each cell by itself${named}`;
  return kind === "classes" ? `pixels${named}` : "cells and background";
}
