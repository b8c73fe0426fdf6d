/** What the numbers of a mask file mean: cells and ground, one number a cell, or one number a class. */
import { MaskValueError } from "../errors.js";
import { equalParts } from "./equal-parts.js";
import type { TypedArray } from "./formats/values.js";
import { type MaskFileOptions, type MaskGrid, readMaskFile } from "./mask-file.js";
import { choose, labelled, leftOut, type Truth, type TruthOptions } from "./truth.js";

export interface MaskOptions extends MaskFileOptions, TruthOptions {
  /** Pixels of this value or more are cells: for masks with soft edges (JPEG). */
  maskThreshold?: number;
  /** What several values in a mask mean, where it cannot be told: one cell each, or one class each. */
  maskValues?: "labels" | "classes";
}

/** One byte per pixel: 0, 1, or 2 where it is to be ignored. */
export interface DecodedMask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** More classes than this are soft edges. */
const mostClasses = 64;
/** Cells are connected, but for a few that a border or another cell cuts in two: up to this many parts a value. */
const partsOfCells = 1.5;
/** Cells have this many pixels or more on average, in a grey and in a coloured mask. */
const [smallestCell, smallestColoured] = [4, 9];

/** Where cells are. @throws DataError, MaskValueError naming the file and the values found. */
export async function decodeMask(path: string, options: MaskOptions = {}): Promise<DecodedMask> {
  const { mask, width, height } = await decodeTruth(path, options);
  return { data: mask, width, height };
}

export async function decodeTruth(path: string, options: MaskOptions = {}): Promise<Truth> {
  const grid = await readMaskFile(path, options);
  const { turned } = grid;
  const ignored = new Set((options.ignore ?? []).map(Number).filter((value) => value !== 0));
  const out = ignored.size > 0 && !grid.colours ? grid.values.map((value) => (ignored.has(value) ? 1 : 0)) : undefined;
  if (!out?.includes(1 as never)) return { ...choose(readTruth(path, grid, options), path, options), turned };
  // What is left says by itself what it is: cells and background, cells, or classes.
  const values = grid.values.map((value, i) => (out[i] === 0 ? value : 0)) as TypedArray;
  const rest = { ...options, ignore: undefined };
  return { ...leftOut(choose(readTruth(path, { ...grid, values }, rest), path, rest), out), turned };
}

/** Whether values with so many connected parts are cells. */
export function areCells(values: number, parts: number): boolean {
  return parts <= partsOfCells * values;
}

function readTruth(path: string, grid: MaskGrid, options: MaskOptions): Truth {
  const { values, width, height } = grid;
  const { maskThreshold, maskValues } = options;
  const binary = (least: number): Truth => ({
    width,
    height,
    mask: from(values, least),
    kind: "binary",
    values: 0,
    parts: 0,
    classes: [],
  });
  if (maskThreshold !== undefined) return binary(maskThreshold);
  const found = distinct(path, grid);
  const ones = found.filter((value) => value !== 0);
  if (ones.length <= 1 && maskValues === undefined) {
    const [only] = ones;
    const usual = only === undefined || only === 1 || only === grid.full || only === 255;
    if (usual || grid.colours === 1) {
      return only === undefined || grid.colours ? binary(1) : { ...binary(1), labels: values, classes: [String(only)] };
    }
  }
  if (grid.coded) {
    const { labels, count } = equalParts(values, width, height);
    return labelled(labels, width, height, { values: count, parts: count });
  }
  const parts = equalParts(values, width, height).count;
  // The pixels of a photograph taken for a mask have a value each.
  const large = covered(values) >= (grid.colours ? smallestColoured : smallestCell) * ones.length;
  const cells = maskValues ? maskValues === "labels" : large && areCells(ones.length, parts);
  const few = grid.full !== undefined && ones.length > 1 && ones.includes(grid.full) && ones.length < grid.full / 2;
  if (maskValues === undefined && (grid.lossy || few || (!cells && ones.length > mostClasses)))
    throw wrongValues(path, found, grid);
  const classes = cells ? [] : ones.map(String);
  return labelled(values, width, height, {
    kind: ones.length <= 1 && !cells ? "binary" : cells ? "labels" : "classes",
    values: ones.length,
    parts,
    classes,
  });
}

function covered(values: TypedArray): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  return count;
}

/** 1 where a value is `least` or more. */
function from(values: TypedArray, least: number): Uint8Array {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i++) mask[i] = (values[i] as number) >= least ? 1 : 0;
  return mask;
}

/** The values there are, ascending. @throws MaskValueError for what counts nothing: fractions, negative numbers, NaN. */
function distinct(path: string, { values }: MaskGrid): number[] {
  if (values instanceof Uint8Array || values instanceof Uint16Array) {
    const there = new Uint8Array(values instanceof Uint8Array ? 256 : 65536);
    for (let i = 0; i < values.length; i++) there[values[i] as number] = 1;
    const found: number[] = [];
    for (let value = 0; value < there.length; value++) if (there[value] === 1) found.push(value);
    return found;
  }
  const seen = new Set<number>();
  let last = Number.NaN;
  for (const value of values as Iterable<number>) {
    if (value === last) continue;
    last = value;
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) seen.add(value);
    else {
      const message = `The mask ${path} holds the value ${value}; a mask holds whole numbers from 0 on.`;
      throw new MaskValueError("ACINUS_MASK_VALUES", message, {
        file: path,
        value,
        fix: "If these are probabilities, say from which on a pixel is a cell: --mask-threshold 0.5",
      });
    }
  }
  return [...seen].sort((a, b) => a - b);
}

function wrongValues(path: string, found: number[], { lossy, colours }: MaskGrid): MaskValueError {
  const list = found.length > 8 ? `${found.slice(0, 8).join(", ")}, … (${found.length} values)` : found.join(", ");
  const shown = colours ? `${colours} colours, which are neither cells nor classes: it is coloured` : `the values ${list}`;
  const what = colours ? "" : "; a mask holds 0 and 1, 0 and 255, or one value a cell";
  const fix = lossy
    ? `${/\.webp$/i.test(path) ? "WebP" : "JPEG"} blurs masks: save it as PNG with value >= 128 as 255 and the rest as 0, or read it so: --mask-threshold 128`
    : "If these are soft edges, save value >= 128 as 255 and the rest as 0, or read it so: --mask-threshold 128. If each value is a cell: --mask-values labels; a class: --mask-values classes";
  const message = `The mask ${path} holds ${shown}${what}.`;
  return new MaskValueError("ACINUS_MASK_VALUES", message, { file: path, value: colours ?? found, fix: `${fix}.` });
}
