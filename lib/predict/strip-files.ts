/** Results of an image of any size, written as they come. */
import { beginOutput, type OutputOptions, type OutputStream } from "../system/output-file.js";
import { addFeatures, geoJsonEnd, geoJsonHead } from "./formats/geojson.js";
import { ImageJRegions } from "./formats/imagej.js";
import { TextPieces } from "./formats/pieces.js";
import { beginPng } from "./formats/png-rows.js";
import type { RowsFile } from "./formats/rows-file.js";
import { beginTiff } from "./formats/tiff-rows.js";
import type { Instance } from "./instances.js";
import type { CellMeasurements } from "./measurements.js";
import { StripCells } from "./strip-cells.js";
import type { StripPrediction } from "./strip-prediction.js";

/** What can be written so: labels as TIFF of 32 bits, the others as `Prediction.save` writes them. */
export const stripFormats = ["png", "prob", "labels", "overlay", "geojson", "imagej"] as const;
export type StripFormat = (typeof stripFormats)[number];

/** Who are told of all cells, some at a time, in the order of their labels. */
export interface CellListeners {
  readonly measured?: (cells: readonly CellMeasurements[]) => Promise<void>;
  /** With COCO's run lengths. */
  readonly masked?: (cells: readonly Instance[], runs: readonly string[]) => void;
}

export interface StripTarget {
  readonly format: StripFormat;
  readonly path: string;
}

/** What was found. */
export interface StripResult {
  readonly cells: number;
  /** Pixels in cells, of all pixels. */
  readonly cellPixelShare: number;
}

/** Rows of labels that are in memory at a time. */
const rowsAtOnce = 256;

/** Writes all files of an image, or none: they get their names together at the end. @throws `signal.reason` after an abort. */
export async function writeStrips(
  prediction: StripPrediction,
  targets: readonly StripTarget[],
  options: OutputOptions,
  signal?: AbortSignal,
  listeners: CellListeners = {},
): Promise<StripResult> {
  const { height, width, rule } = prediction;
  const outputs: OutputStream[] = [];
  const cells = new StripCells(height, width, rule, signal, prediction.seen);
  const imageRows = prediction.keepImage();
  try {
    const begin = async (format: StripFormat) => {
      const found: OutputStream[] = [];
      for (const { path } of targets.filter((target) => target.format === format)) {
        found.push(await beginOutput(path, options));
        outputs.push(found.at(-1) as OutputStream);
      }
      return found;
    };
    const pictures = async (format: StripFormat): Promise<RowsFile[]> =>
      Promise.all(
        (await begin(format)).map(({ file }) =>
          format === "labels"
            ? beginTiff(file, { width, height, bits: 32 })
            : beginPng(file, { width, height, bits: 8, channels: format === "overlay" ? 3 : 1 }),
        ),
      );

    const probabilities = await pictures("prob");
    for await (const { probability, seen } of prediction) {
      await cells.add(probability, seen);
      for (const picture of probabilities) {
        await picture.write(await cells.grey(probability));
      }
    }
    for (const picture of probabilities) await picture.end();
    await cells.finish();

    const [masks, labels, overlays] = [await pictures("png"), await pictures("labels"), await pictures("overlay")];
    const documents = await begin("geojson");
    const archives = await begin("imagej");
    const measured = documents.length > 0 || listeners.measured !== undefined;
    for (let top = 0; top < height; top += rowsAtOnce) {
      signal?.throwIfAborted();
      const rows = Math.min(rowsAtOnce, height - top);
      if (masks.length > 0) {
        const mask = await cells.mask(top, rows);
        for (const picture of masks) await picture.write(mask);
      }
      if (labels.length > 0) {
        const values = await cells.labels(top, rows);
        for (const picture of labels) await picture.write(values);
      }
      if (overlays.length === 0 && !measured) continue;
      const pixels = await imageRows(top, rows); // a second time: they are not kept
      if (measured) await cells.look(pixels);
      for (const picture of overlays) await picture.write(await cells.overlay(top, pixels));
    }
    for (const picture of [...masks, ...labels, ...overlays]) await picture.end();
    if (measured || archives.length > 0) await writeOutlined(cells, prediction, { documents, archives }, signal, listeners);
    if (listeners.masked) for await (const { cells: some, runs } of cells.runLengths()) listeners.masked(some, runs);

    signal?.throwIfAborted();
    for (const output of outputs) await output.finish();
    const area = cells.instances.reduce((sum, instance) => sum + instance.area, 0);
    return { cells: cells.instances.length, cellPixelShare: area / (height * width) };
  } finally {
    cells.close();
    await prediction.close();
    for (const output of outputs) await output.discard();
  }
}

/** What `geoJsonPieces` and `imageJPieces` give; a listener is told of the same cells. */
async function writeOutlined(
  cells: StripCells,
  about: StripPrediction,
  { documents, archives }: { readonly documents: readonly OutputStream[]; readonly archives: readonly OutputStream[] },
  signal: AbortSignal | undefined,
  { measured }: CellListeners,
): Promise<void> {
  const write = async (outputs: readonly OutputStream[], bytes: Uint8Array) => {
    for (const { file } of outputs) await file.write(bytes);
  };
  const regions = archives.length > 0 ? new ImageJRegions(cells.instances.length) : undefined;
  await write(documents, Buffer.from(geoJsonHead));
  for await (const { cells: some, outlines } of cells.outlined()) {
    const text = new TextPieces();
    if (documents.length > 0) await addFeatures(text, outlines, some, about, signal);
    for (const piece of text.finish()) await write(documents, piece);
    await regions?.add(some, outlines, signal);
    await measured?.(some);
  }
  await write(documents, Buffer.from(geoJsonEnd));
  for (const piece of regions?.finish() ?? []) await write(archives, piece);
}
