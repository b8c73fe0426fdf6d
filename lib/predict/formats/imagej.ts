/** Cells for ImageJ's ROI Manager: a zip of .roi files, laid out as ij.io.RoiDecoder reads them. */
import { AcinusError } from "../../errors.js";
import { Turns } from "../../system/turns.js";
import type { Instance } from "../instances.js";
import type { PredictedCells } from "../predicted-cells.js";
import { Outlines } from "./outline.js";
import { mostZipEntries, ZipWriter } from "./zip.js";

const version = 227;
const headerBytes = 64;
const rectangle = 1; // what a composite calls itself
const traced = 8;
const segment = { move: 0, line: 1, close: 4 };
const farthest = 32767; // of the int16 coordinates

/** The pieces of the zip: one .roi per cell, named by its label. @throws AcinusError ACINUS_INVALID_ARGUMENT when there are more cells than a zip holds files. */
export async function imageJPieces(prediction: PredictedCells, signal?: AbortSignal): Promise<Uint8Array[]> {
  const regions = new ImageJRegions(prediction.instances.length);
  await regions.add(prediction.instances, await Outlines.of(prediction, signal), signal);
  return regions.finish();
}

/** The same for cells that come some at a time. */
export class ImageJRegions {
  readonly #zip = new ZipWriter();
  readonly #digits: number;

  /** @throws AcinusError ACINUS_INVALID_ARGUMENT when there are more cells than a zip holds files. */
  constructor(cells: number) {
    if (cells > mostZipEntries) {
      const message = `A zip holds ${mostZipEntries} regions, and there are ${cells} cells.`;
      throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: cells, fix: 'Use format "geojson".' });
    }
    this.#digits = String(cells).length;
  }

  async add(cells: readonly Instance[], outlines: Outlines, signal?: AbortSignal): Promise<void> {
    const turns = new Turns();
    for (const { label } of cells) {
      if (turns.due(1000 + outlines.corners(label))) await turns.next(signal);
      const rings = Array.from(outlines.rings(label), ({ corners }) => corners);
      await this.#zip.add(`cell-${String(label).padStart(this.#digits, "0")}.roi`, encodeRoi(rings));
    }
  }

  /** The pieces of the zip. */
  finish(): Uint8Array[] {
    return this.#zip.finish();
  }
}

/**
 * A traced region for one ring, as ImageJ's wand makes it; a composite where there are holes, several parts or far coordinates.
 * @param rings x, y, x, y, … of each, not closed.
 */
export function encodeRoi(rings: readonly Int32Array[]): Uint8Array {
  const [ring] = rings;
  const near = (values: Int32Array) => values.length <= 2 * farthest && values.every((value) => value <= farthest);
  return rings.length === 1 && ring && near(ring) ? tracedRoi(ring) : compositeRoi(rings);
}

/** Corners relative to the top left: all x, then all y, int16. */
function tracedRoi(ring: Int32Array): Uint8Array {
  const count = ring.length / 2;
  const { view, left, top } = header([ring], traced, count * 4);
  view.setUint16(16, count);
  for (let i = 0; i < count; i++) {
    view.setInt16(headerBytes + 2 * i, (ring[2 * i] as number) - left);
    view.setInt16(headerBytes + 2 * (count + i), (ring[2 * i + 1] as number) - top);
  }
  return bytes(view);
}

/** A path of float32: what to do, then where to. Outer rings and holes run against each other, so any winding rule sees the same area. */
function compositeRoi(rings: readonly Int32Array[]): Uint8Array {
  const values = rings.reduce((sum, ring) => sum + (3 * ring.length) / 2 + 1, 0);
  const { view } = header(rings, rectangle, values * 4);
  view.setInt32(36, values);
  let at = headerBytes;
  const append = (value: number) => {
    view.setFloat32(at, value);
    at += 4;
  };
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      append(i === 0 ? segment.move : segment.line);
      append(ring[i] as number);
      append(ring[i + 1] as number);
    }
    append(segment.close);
  }
  return bytes(view);
}

/** Big-endian, as all of it. */
function header(rings: readonly Int32Array[], type: number, length: number): { view: DataView; left: number; top: number } {
  const view = new DataView(new ArrayBuffer(headerBytes + length));
  const [low, high] = [
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] as [number, number],
  ];
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i++) {
      const axis = (i % 2) as 0 | 1;
      low[axis] = Math.min(low[axis], ring[i] as number);
      high[axis] = Math.max(high[axis], ring[i] as number);
    }
  }
  const [[left, top], [right, bottom]] = [low, high];
  [..."Iout"].forEach((letter, i) => {
    view.setUint8(i, letter.charCodeAt(0));
  });
  view.setInt16(4, version);
  view.setUint8(6, type);
  [top, left, bottom, right].forEach((value, i) => {
    view.setInt16(8 + 2 * i, Math.min(value, farthest));
  });
  return { view, left, top };
}

function bytes(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer);
}
