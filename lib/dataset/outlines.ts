/** Outlines as annotation programs save them, drawn into labels. */
import { AcinusError, DataError } from "../errors.js";
import { fill, type Shape } from "./formats/fill.js";
import { choose, labelled, type Truth, type TruthOptions } from "./truth.js";
import type { ImageSize } from "./types.js";

/** One cell: shapes that belong together (a cell may have several pieces), and its class where it has one. */
export interface Outline {
  readonly shapes: readonly Shape[];
  readonly className: string | null;
}

/** Where outlines overlap the later one has the pixel. @throws DataError naming the file, where an outline is no outline. */
export function drawOutlines(
  path: string,
  outlines: readonly Outline[],
  { width, height }: ImageSize,
  options: TruthOptions,
  pixelSize?: number,
): Truth {
  const labels = new Int32Array(width * height);
  try {
    outlines.forEach(({ shapes }, i) => {
      for (const shape of shapes) fill(labels, width, height, shape, i + 1);
    });
  } catch (error) {
    throw notOutlines(path, (error as Error).message, error);
  }
  if (outlines.length > 0 && labels.every((label) => label === 0)) {
    throw notOutlines(path, `none of its ${outlines.length} outlines lies in the image of ${width}×${height} pixels`);
  }
  const classOf = outlines.some(({ className }) => className !== null) ? outlines.map(({ className }) => className) : undefined;
  const truth = labelled(labels, width, height, { classOf, values: outlines.length, parts: outlines.length, pixelSize });
  return choose(truth, path, options);
}

export function notOutlines(path: string, reason: string, cause?: unknown): DataError {
  const message = `The annotation ${path} cannot be read: ${reason}.`;
  return new DataError("ACINUS_UNREADABLE_IMAGE", message, {
    file: path,
    fix: "Save it again from the program that made it.",
    cause,
  });
}

/** Runs a reader; what it throws becomes an error that names the file. */
export async function reading<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AcinusError ? error : notOutlines(path, (error as Error).message, error);
  }
}
