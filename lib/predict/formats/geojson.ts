import { createHash } from "node:crypto";
import { Turns } from "../../system/turns.js";
import type { CellMeasurements } from "../measurements.js";
import type { PredictedCells } from "../predicted-cells.js";
import { Outlines, type Polygon } from "./outline.js";
import { TextPieces } from "./pieces.js";

/** Outlines in pixel coordinates, y downwards, with what QuPath keeps of a file; one feature per cell. */
export interface GeoJsonCells {
  type: "FeatureCollection";
  features: {
    type: "Feature";
    /** A UUID, the same for the same cell of the same image. */
    id: string;
    geometry:
      | { type: "Polygon"; coordinates: [number, number][][] }
      | { type: "MultiPolygon"; coordinates: [number, number][][][] };
    properties: {
      objectType: string;
      name: string;
      classification: { name: string; color: [number, number, number] };
      isLocked: boolean;
      /** By their names in QuPath's tables. */
      measurements: Record<string, number>;
    };
  }[];
}

type Feature = GeoJsonCells["features"][number];

const classification = { name: "Cell", color: [230, 160, 0] as [number, number, number] };

export async function geoJsonCells(prediction: PredictedCells, signal?: AbortSignal): Promise<GeoJsonCells> {
  const outlines = await Outlines.of(prediction, signal);
  const turns = new Turns();
  const features: Feature[] = [];
  for (const cell of await prediction.measurements(signal)) {
    if (turns.due(1 + outlines.corners(cell.label))) await turns.next(signal);
    const { geometry, ...rest } = featureOf(prediction, cell);
    const { type, id, properties } = rest;
    features.push({ type, id, geometry: geometryOf(outlines.polygons(cell.label)) ?? geometry, properties });
  }
  return { type: "FeatureCollection", features };
}

/** The pieces of a file: the text that `JSON.stringify` makes of the whole, and a newline. A cell may have more corners than a string letters. */
export async function geoJsonPieces(prediction: PredictedCells, signal?: AbortSignal): Promise<Uint8Array[]> {
  const outlines = await Outlines.of(prediction, signal);
  const text = new TextPieces();
  text.add(geoJsonHead);
  await addFeatures(text, outlines, await prediction.measurements(signal), prediction, signal);
  text.add(geoJsonEnd);
  return text.finish();
}

export const geoJsonHead = '{"type":"FeatureCollection","features":[';
export const geoJsonEnd = "]}\n";

/** The features of some cells, in the order of their labels. */
export async function addFeatures(
  text: TextPieces,
  outlines: Outlines,
  cells: readonly CellMeasurements[],
  about: About,
  signal?: AbortSignal,
): Promise<void> {
  const turns = new Turns();
  for (const cell of cells) {
    const { type, id, properties } = featureOf(about, cell);
    const several = outlines.polygonCount(cell.label) > 1;
    text.add(`${cell.label > 1 ? "," : ""}${JSON.stringify({ type, id }).slice(0, -1)},"geometry":{"type":`);
    text.add(several ? '"MultiPolygon","coordinates":[' : '"Polygon","coordinates":');
    let [polygons, rings] = [0, 0];
    for (const ring of outlines.rings(cell.label)) {
      if (ring.outer) {
        if (polygons++ > 0) text.add("],");
        text.add("[");
        rings = 0;
      }
      text.add(rings++ > 0 ? ",[" : "[");
      for (let i = 0; i < ring.corners.length; i += 2) {
        text.add(`[${ring.corners[i]},${ring.corners[i + 1]}],`);
        if (turns.due()) await turns.next(signal);
      }
      text.add(`[${ring.corners[0]},${ring.corners[1]}]]`);
    }
    text.add(`]${several ? "]" : ""}},"properties":${JSON.stringify(properties)}}`);
    if (turns.due(20)) await turns.next(signal);
  }
}

type About = Pick<PredictedCells, "source" | "pixelSize">;

function featureOf({ source, pixelSize }: About, cell: CellMeasurements): Omit<Feature, "geometry"> & Partial<Feature> {
  const { label } = cell;
  const properties = {
    objectType: "detection",
    name: `Cell ${label}`,
    classification,
    isLocked: false,
    measurements: measurementsOf(cell, pixelSize),
  };
  return { type: "Feature", id: uuidOf(source, cell), properties };
}

function measurementsOf(cell: CellMeasurements, pixelSize: number | undefined): Record<string, number> {
  const { label, area, centroid, perimeter, circularity, eccentricity, intensity, score } = cell;
  const [red, green, blue] = intensity ?? [];
  const found: Record<string, number | undefined> = {
    Label: label,
    "Area px^2": area,
    "Perimeter px": perimeter,
    "Centroid X px": centroid.x,
    "Centroid Y px": centroid.y,
    Circularity: circularity,
    Eccentricity: eccentricity,
    "Mean red": red,
    "Mean green": green,
    "Mean blue": blue,
    Probability: score,
  };
  if (pixelSize !== undefined) {
    found["Area µm^2"] = area * pixelSize ** 2;
    found["Perimeter µm"] = perimeter * pixelSize;
    found["Centroid X µm"] = centroid.x * pixelSize;
    found["Centroid Y µm"] = centroid.y * pixelSize;
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** Of the image's name and the cell, as RFC 9562's version 8. */
function uuidOf(source: string | undefined, { label, area, centroid }: CellMeasurements): string {
  const name = source?.split(/[\\/]/).at(-1) ?? "";
  const bytes = createHash("sha256")
    .update(`${name}\n${label}\n${area}\n${centroid.x}\n${centroid.y}`)
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function geometryOf(polygons: Polygon[]): Feature["geometry"] {
  const [first] = polygons;
  return polygons.length === 1 && first
    ? { type: "Polygon", coordinates: first }
    : { type: "MultiPolygon", coordinates: polygons };
}
