/** What both sides read: images and start weights, made once for all rows of a run. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { synthesize } from "../lib/synth/synthesize.js";
import { packageRoot } from "../lib/system/paths.js";
import type { Row } from "./rows.js";
import { drawSlide } from "./slide-image.js";

/** A command that writes start weights: it is given encoder, seed and file. */
export type WeightsProgram = readonly [command: string, ...args: string[]];

export class Inputs {
  readonly #folder: string;
  readonly #seed: number;
  readonly #real: { readonly folder: string | undefined; readonly images: number };

  /** @param real where an epoch's images come from, and how many of them; a fifth as many are validated on. 0: all. */
  constructor(folder: string, seed: number, real: { folder?: string; images: number }) {
    this.#folder = folder;
    this.#seed = seed;
    this.#real = { folder: real.folder ?? sharedData(), images: real.images };
  }

  /** A folder with train/ and val/. */
  async data(size: Row["size"]): Promise<string> {
    if (size === "real" && this.#real.folder !== undefined) return this.#some(this.#real.folder);
    const images = size === "real" ? Math.ceil((this.#real.images || 160) * 1.2) : 20;
    const side = size === "real" ? 128 : size;
    const folder = join(this.#folder, `synthetic-${side}-${images}`);
    if (existsSync(folder)) return folder;
    const emptyShare = size === "real" ? 0.6 : 0;
    await synthesize(folder, { images, size: side, seed: this.#seed, validation: size === "real" ? 1 / 6 : 0.2, emptyShare });
    return folder;
  }

  /** A folder with slide.tif. */
  async slide(kind: "empty" | "full", side: number): Promise<string> {
    const folder = join(this.#folder, `slide-${kind}-${side}`);
    const file = join(folder, "slide.tif");
    mkdirSync(folder, { recursive: true });
    if (!existsSync(file)) await drawSlide(file, kind, side, this.#seed);
    return folder;
  }

  /** Weights of a fresh network; none without an encoder. */
  weights(encoder: string, [command, ...args]: WeightsProgram): string {
    if (!encoder) return "";
    const file = join(this.#folder, `${encoder}.safetensors`);
    if (existsSync(file)) return file;
    const { status, signal, error, stderr } = spawnSync(command, [...args, encoder, String(this.#seed), file], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`The start weights could not be made: ${error ?? signal ?? `code ${status}`}\n${stderr}`);
    return file;
  }

  /** What the epoch is trained on, for the report. */
  get source(): string {
    return this.#real.folder ?? "synthetic tiles of 128 px";
  }

  /** The first images by name, so that no side decodes more than it trains on. */
  #some(source: string): string {
    const { images } = this.#real;
    if (images === 0) return source;
    const target = join(this.#folder, `real-${images}`);
    if (existsSync(target)) return target;
    for (const [part, count] of [
      ["train", images],
      ["val", Math.ceil(images / 5)],
    ] as const) {
      const names = readdirSync(join(source, part, "images"))
        .sort()
        .slice(0, count);
      for (const kind of ["images", "masks"]) {
        mkdirSync(join(target, part, kind), { recursive: true });
        for (const name of names) copyFileSync(join(source, part, kind, name), join(target, part, kind, name));
      }
    }
    return target;
  }
}

/** Fluorescence tiles that may lie beside the project. */
function sharedData(): string | undefined {
  const folder = join(packageRoot(), "..", "shared", "data", "dsb-fluo");
  return existsSync(folder) ? folder : undefined;
}
