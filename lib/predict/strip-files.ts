/** Results of an image of any size, written as they come. */
import { beginOutput, type OutputOptions, type OutputStream } from "../system/output-file.js";
import { addFeatures, geoJsonEnd, geoJsonHead } from "./formats/geojson.js";
import { TextPieces } from "./formats/pieces.js";
import { beginPng } from "./formats/png-rows.js";
import type { RowsFile } from "./formats/rows-file.js";
import { beginTiff } from "./formats/tiff-rows.js";
import type { CellMeasurements } from "./measurements.js";
import { StripCells } from "./strip-cells.js";
import type { StripPrediction } from "./strip-prediction.js";

/** What can be written so: labels as TIFF of 32 bits, the others as `Prediction.save` writes them. */
export const stripFormats = ["png", "prob", "labels", "geojson"] as const;
export type StripFormat = (typeof stripFormats)[number];

/** Is told of all cells, some at a time, in the order of their labels. */
export type CellListener = (cells: readonly CellMeasurements[]) => Promise<void>;

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
  onCells?: CellListener,
): Promise<StripResult> {
  const { height, width, rule } = prediction;
  const outputs: OutputStream[] = [];
  const cells = new StripCells(height, width, rule, signal);
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
          format === "labels" ? beginTiff(file, { width, height, bits: 32 }) : beginPng(file, { width, height, bits: 8 }),
        ),
      );

    const probabilities = await pictures("prob");
    for await (const { probability } of prediction) {
      await cells.add(probability);
      for (const picture of probabilities) {
        await picture.write(await cells.grey(probability));
      }
    }
    for (const picture of probabilities) await picture.end();
    await cells.finish();

    const masks = await pictures("png");
    const labels = await pictures("labels");
    for (let top = 0; top < height; top += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, height - top);
      if (masks.length > 0) {
        const mask = await cells.mask(top, rows);
        for (const picture of masks) await picture.write(mask);
      }
      if (labels.length > 0) {
        const values = await cells.labels(top, rows);
        for (const picture of labels) await picture.write(values);
      }
    }
    for (const picture of [...masks, ...labels]) await picture.end();
    const documents = await begin("geojson");
    if (documents.length > 0 || onCells) {
      const write = async (bytes: Uint8Array) => {
        for (const { file } of documents) await file.write(bytes);
      };
      await writeOutlined(cells, prediction, write, signal, onCells);
    }

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

/** What `geoJsonPieces` gives, without intensities; `onCells` is told of the same cells. */
async function writeOutlined(
  cells: StripCells,
  about: StripPrediction,
  write: (bytes: Uint8Array) => Promise<void>,
  signal?: AbortSignal,
  onCells?: CellListener,
): Promise<void> {
  await write(Buffer.from(geoJsonHead));
  for await (const { cells: some, outlines } of cells.outlined()) {
    const text = new TextPieces();
    await addFeatures(text, outlines, some, about, signal);
    for (const piece of text.finish()) await write(piece);
    await onCells?.(some);
  }
  await write(Buffer.from(geoJsonEnd));
}
