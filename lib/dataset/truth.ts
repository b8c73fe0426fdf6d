/** What is true of one image: where cells are, and, where the data says it, which pixel is which cell's. */
import { ignoredPixel } from "../config/data.js";
import { ConfigError } from "../errors.js";
import type { Channel } from "./channels.js";
import type { TypedArray } from "./formats/values.js";

/** binary: cells or none. labels: each value is one cell. classes: each value is one kind of cell or tissue. */
export type TruthKind = "binary" | "labels" | "classes";

export interface Truth {
  /** Px. */
  readonly width: number;
  /** Px. */
  readonly height: number;
  /** One byte a pixel: 1 where a cell is, 2 where a pixel counts neither in the loss nor in scores, 0 elsewhere. */
  readonly mask: Uint8Array;
  /** What its values mean. */
  readonly kind: TruthKind;
  /** One number a pixel, 0 for background; undefined where the data is binary. */
  readonly labels?: TypedArray;
  /** How many different labels there are, and of how many connected parts of equal label they consist. */
  readonly values: number;
  /** See `values`. */
  readonly parts: number;
  /** The class of label i + 1, where the data names classes; null for a label without one. */
  readonly classOf?: readonly (string | null)[];
  /** Names of the classes that are there; of a mask file of classes, its values. */
  readonly classes: readonly string[];
  /** How the file says that it is turned, 2 to 8 as in EXIF. */
  readonly turned?: number;
  /** µm per pixel, where the annotation says it. */
  readonly pixelSize?: number;
}

export interface TruthOptions {
  /** Classes that are foreground, by name or by value; the others are background. Default: all. */
  classes?: readonly Channel[];
  /** Values or class names whose pixels count neither in the loss nor in scores. */
  ignore?: readonly Channel[];
}

/** A truth of labels (0 background), of which `classOf` tells the class of label i + 1. */
export function labelled(
  labels: TypedArray,
  width: number,
  height: number,
  more: Partial<Pick<Truth, "classOf" | "kind" | "classes" | "values" | "parts" | "turned" | "pixelSize">> = {},
): Truth {
  const mask = new Uint8Array(labels.length);
  for (let i = 0; i < mask.length; i++) mask[i] = labels[i] === 0 ? 0 : 1;
  const classes = [...new Set((more.classOf ?? []).filter((name) => name !== null))].sort();
  return { width, height, mask, kind: "labels", labels, values: 0, parts: 0, classes, ...more };
}

/** The truth with the chosen classes alone. @throws ConfigError where the data has no classes. */
export function choose(truth: Truth, path: string, { classes, ignore = [] }: TruthOptions): Truth {
  const chosen = withClasses(truth, path, classes);
  return ignore.length > 0 ? withIgnored(chosen, truth, ignore) : chosen;
}

function withClasses(truth: Truth, path: string, classes: TruthOptions["classes"]): Truth {
  if (!classes || truth.values + truth.classes.length === 0) return truth;
  const { labels } = truth;
  if (truth.classOf === undefined && truth.kind === "labels") {
    const message = `${path} says which cell a pixel belongs to, and nothing of classes.`;
    throw new ConfigError("ACINUS_CONFIG", message, { file: path, value: classes, fix: "Leave out `classes` (--classes)." });
  }
  const keep = classOfLabel(truth, classes);
  const kept = labels ? (labels.map((label) => (label !== 0 && keep(label) ? label : 0)) as TypedArray) : undefined;
  const mask = truth.mask.map((cell, i) => (cell !== 0 && keep((labels?.[i] as number | undefined) ?? 1) ? 1 : 0));
  return { ...truth, labels: kept, mask };
}

/** Whether a label is of one of the classes. */
function classOfLabel({ classOf, classes: known }: Truth, wanted: readonly Channel[]): (label: number) => boolean {
  const names = new Set(wanted.map((name) => String(name).toLowerCase()));
  if (classOf) return (label) => names.has((classOf[label - 1] ?? "").toLowerCase());
  const values = new Set(
    known
      .map((name, i) => [name, i] as const)
      .flatMap(([name]) => (names.has(name.toLowerCase()) ? [Number(name.split(" ")[0])] : [])),
  );
  for (const name of names) if (Number.isInteger(Number(name))) values.add(Number(name));
  return (label) => values.has(label);
}

/** The truth without the pixels whose label in `all` is one of these. */
function withIgnored(truth: Truth, all: Truth, ignore: readonly Channel[]): Truth {
  if (all.labels === undefined) return truth;
  const ignored = classOfLabel(all, ignore);
  return leftOut(
    truth,
    all.labels.map((label) => (label !== 0 && ignored(label) ? 1 : 0)),
  );
}

/** The truth without the pixels where `out` is not 0. */
export function leftOut(truth: Truth, out: ArrayLike<number>): Truth {
  const mask = truth.mask.map((cell, i) => (out[i] === 0 ? cell : ignoredPixel));
  return { ...truth, mask, labels: truth.labels?.map((label, i) => (out[i] === 0 ? label : 0)) as TypedArray | undefined };
}

/** Cells of an image: `labels` holds 0 for background and 1 … count, one number a pixel. */
export interface Instances {
  /** H·W values, row by row: which pixel is which cell's, 0 for background. */
  readonly labels: Int32Array;
  /** Number of cells. */
  readonly count: number;
  /** Px. */
  readonly width: number;
  /** Px. */
  readonly height: number;
  /** The class of cell i + 1, where the data names classes. */
  readonly classes?: readonly (string | null)[];
}

/** Labels without gaps, in the order of their values. */
export function instancesOf({ labels, mask, width, height, classOf }: Truth): Instances {
  const source = labels ?? mask.map((cell) => (cell === 1 ? 1 : 0));
  const values = [...new Set(source as Iterable<number>)].filter((value) => value !== 0).sort((a, b) => a - b);
  const number = new Map(values.map((value, i) => [value, i + 1]));
  const result = Int32Array.from(source, (value) => number.get(value) ?? 0);
  const classes = classOf && values.map((value) => classOf[value - 1] ?? null);
  return { labels: result, count: values.length, width, height, ...(classes ? { classes } : {}) };
}
