import type { NativeStripCells } from "../addon/contract.js";
import { call, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type CellRuleOptions, cellRuleSchema, plainRule } from "../config/cells.js";
import { parseConfig } from "../config/parse.js";
import { checkObject } from "../system/arguments.js";
import { checkSize } from "../system/arrays.js";
import { Outlines, outlineColour } from "./formats/outline.js";
import { type Instance, instancesOf } from "./instances.js";
import { type CellMeasurements, measurementsOf } from "./measurements.js";

/** Cells whose outlines or run lengths are in memory at a time. */
const atOnce = 1024;

/** The cells of probabilities that come in strips: those of `Prediction.of`, joined across strips. Labels and outlines are made when they are asked for. */
export class StripCells {
  /** Px. */
  readonly height: number;
  /** Px. */
  readonly width: number;
  readonly #native: NativeStripCells;
  readonly #signal: AbortSignal | undefined;
  #instances: readonly Instance[] = [];

  /**
   * @param rule threshold and separation; default: what hangs together from 0.5 on is one cell.
   * @param seen of a rescaled image, `StripPrediction.seen`: there cells are told apart, and `add` is given those rows too.
   */
  constructor(
    height: number,
    width: number,
    rule: CellRuleOptions = plainRule,
    signal?: AbortSignal,
    seen?: { readonly height: number; readonly width: number },
  ) {
    checkSize(height, width);
    if (seen !== undefined) {
      checkObject(seen, "seen", "{ height, width }", ["height", "width"]);
      checkSize(seen.height, seen.width);
    }
    this.height = height;
    this.width = width;
    const parsed = parseConfig(cellRuleSchema, rule, "rule");
    this.#native = call(() => new (native().StripCells)(height, width, parsed, seen));
    this.#signal = signal;
  }

  /** Probabilities as the grey values of a picture, 0 to 255. */
  grey(probability: Float32Array): Promise<Uint8Array> {
    return settle(() => this.#native.grey(probability), this.#signal);
  }

  /** Whole rows below those given before, as a strip of a prediction has them. */
  add(probability: Float32Array, seen?: Float32Array): Promise<void> {
    return settle(() => this.#native.add(probability, seen), this.#signal);
  }

  /** After the last row. */
  async finish(): Promise<void> {
    this.#instances = instancesOf(await settle(() => this.#native.finish(), this.#signal));
  }

  /** Empty until it is finished. */
  get instances(): readonly Instance[] {
    return this.#instances;
  }

  /** `rows` rows from `top` on: 0 for background, otherwise the cell's label. */
  labels(top: number, rows: number): Promise<Int32Array> {
    return settle(() => this.#native.labels(top, rows), this.#signal);
  }

  /** The same as a picture: 255 in cells. */
  mask(top: number, rows: number): Promise<Uint8Array> {
    return settle(() => this.#native.mask(top, rows), this.#signal);
  }

  /** After `finish`: whole rows of the image, RGB bytes, below those given before. Once all were given, the intensity of cells is known. */
  look(rgb: Uint8Array): Promise<void> {
    return settle(() => this.#native.look(rgb), this.#signal);
  }

  /** Whole rows of the image from `top` on, RGB bytes, with the outlines of the cells. */
  overlay(top: number, rgb: Uint8Array): Promise<Uint8Array> {
    return settle(() => this.#native.overlay(top, rgb, outlineColour), this.#signal);
  }

  /** Cells in the order of their labels with COCO's run lengths, some at a time. */
  async *runLengths(): AsyncGenerator<{ cells: readonly Instance[]; runs: readonly string[] }, void, undefined> {
    for (const cells of this.#someAtATime()) {
      const [first, last] = [cells[0]?.label as number, cells.at(-1)?.label as number];
      yield { cells, runs: await settle(() => this.#native.runLengths(first, last), this.#signal) };
    }
  }

  *#someAtATime(): Generator<readonly Instance[], void, undefined> {
    for (let from = 0; from < this.#instances.length; from += atOnce) yield this.#instances.slice(from, from + atOnce);
  }

  /** Cells in the order of their labels with their outlines, some at a time. */
  async *outlined(): AsyncGenerator<{ cells: CellMeasurements[]; outlines: Outlines }, void, undefined> {
    for (const some of this.#someAtATime()) {
      const from = (some[0]?.label as number) - 1;
      const traced = await settle(() => this.#native.outlines(from + 1, from + some.length), this.#signal);
      const regions = await settle(() => this.#native.regions(from + 1, from + some.length), this.#signal);
      yield { cells: measurementsOf(some, regions), outlines: new Outlines(traced, from + 1) };
    }
  }

  /** Frees what it holds. */
  close(): void {
    this.#native.close();
  }
}
