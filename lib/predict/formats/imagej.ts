/** Cells for ImageJ's ROI Manager: a zip of .roi files, laid out as ij.io.RoiDecoder reads them. */
import { Zip, ZipDeflate } from "fflate";
import { AcinusError } from "../../errors.js";
import { Turns } from "../../system/turns.js";
import type { PredictedCells } from "../predicted-cells.js";
import { Outlines, type Polygon, type Ring } from "./outline.js";

const version = 227;
const headerBytes = 64;
const rectangle = 1; // what a composite calls itself
const traced = 8;
const segment = { move: 0, line: 1, close: 4 };
const mostEntries = 65535; // of a zip without its 64-bit extension
const farthest = 32767; // of the int16 coordinates

/** One .roi per cell, named by its label. @throws AcinusError ACINUS_INVALID_ARGUMENT when there are more cells than a zip holds files. */
export async function imageJRois(prediction: PredictedCells): Promise<Uint8Array> {
  const { instances } = prediction;
  if (instances.length > mostEntries) {
    const message = `A zip holds ${mostEntries} regions, and there are ${instances.length} cells.`;
    throw new AcinusError("ACINUS_INVALID_ARGUMENT", message, { value: instances.length, fix: 'Use format "geojson".' });
  }
  const outlines = await Outlines.of(prediction);
  const digits = String(instances.length).length;
  const pieces: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    pieces.push(piece);
  });
  const turns = new Turns();
  for (const { label } of instances) {
    if (turns.due(1000 + outlines.corners(label))) await turns.next();
    const file = new ZipDeflate(`cell-${String(label).padStart(digits, "0")}.roi`);
    file.mtime = new Date(1980, 0, 1); // one date for all, so that the same cells give the same bytes
    zip.add(file);
    file.push(encodeRoi(outlines.polygons(label)), true);
  }
  zip.end();
  return Buffer.concat(pieces);
}

/** A traced region for one ring, as ImageJ's wand makes it; a composite where there are holes, several parts or far coordinates. */
export function encodeRoi(polygons: readonly Polygon[]): Uint8Array {
  const rings = polygons.flat().map((ring) => ring.slice(0, -1)); // ImageJ closes them
  const [ring] = rings;
  const near = (ring: Ring) => ring.length <= farthest && ring.every(([x, y]) => x <= farthest && y <= farthest);
  return rings.length === 1 && ring && near(ring) ? tracedRoi(ring) : compositeRoi(rings);
}

/** Corners relative to the top left: all x, then all y, int16. */
function tracedRoi(ring: Ring): Uint8Array {
  const { view, left, top } = header([ring], traced, ring.length * 4);
  view.setUint16(16, ring.length);
  ring.forEach(([x, y], i) => {
    view.setInt16(headerBytes + 2 * i, x - left);
    view.setInt16(headerBytes + 2 * (ring.length + i), y - top);
  });
  return bytes(view);
}

/** A path of float32: what to do, then where to. Outer rings and holes run against each other, so any winding rule sees the same area. */
function compositeRoi(rings: readonly Ring[]): Uint8Array {
  const values = rings.reduce((sum, ring) => sum + 3 * ring.length + 1, 0);
  const { view } = header(rings, rectangle, values * 4);
  view.setInt32(36, values);
  let at = headerBytes;
  const append = (value: number) => {
    view.setFloat32(at, value);
    at += 4;
  };
  for (const ring of rings) {
    ring.forEach(([x, y], i) => {
      append(i === 0 ? segment.move : segment.line);
      append(x);
      append(y);
    });
    append(segment.close);
  }
  return bytes(view);
}

/** Big-endian, as all of it. */
function header(rings: readonly Ring[], type: number, length: number): { view: DataView; left: number; top: number } {
  const view = new DataView(new ArrayBuffer(headerBytes + length));
  const corners = rings.flat();
  const side = (axis: 0 | 1, pick: (a: number, b: number) => number) =>
    corners.map((corner) => corner[axis]).reduce((a, b) => pick(a, b));
  const [left, top] = [side(0, Math.min), side(1, Math.min)];
  [..."Iout"].forEach((letter, i) => {
    view.setUint8(i, letter.charCodeAt(0));
  });
  view.setInt16(4, version);
  view.setUint8(6, type);
  [top, left, side(1, Math.max), side(0, Math.max)].forEach((value, i) => {
    view.setInt16(8 + 2 * i, Math.min(value, farthest));
  });
  return { view, left, top };
}

function bytes(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer);
}
