import { Turns } from "../../system/turns.js";
import type { PredictedCells } from "../predicted-cells.js";
import { Outlines, type Polygon } from "./outline.js";

/** Outlines in pixel coordinates, y downwards, as QuPath reads them; one feature per cell. */
export interface GeoJsonCells {
  type: "FeatureCollection";
  features: {
    type: "Feature";
    id: number;
    geometry:
      | { type: "Polygon"; coordinates: [number, number][][] }
      | { type: "MultiPolygon"; coordinates: [number, number][][][] };
    properties: { objectType: string; label: number; area: number; centroid: [number, number]; score: number };
  }[];
}

type Feature = GeoJsonCells["features"][number];

export async function geoJsonCells(prediction: PredictedCells): Promise<GeoJsonCells> {
  const features: Feature[] = [];
  for await (const feature of featuresOf(prediction)) features.push(feature);
  return { type: "FeatureCollection", features };
}

/** The document as text, the same that `JSON.stringify` makes of the whole, and a newline. */
export async function geoJsonText(prediction: PredictedCells): Promise<string> {
  const features: string[] = [];
  for await (const feature of featuresOf(prediction)) features.push(JSON.stringify(feature));
  return `{"type":"FeatureCollection","features":[${features.join(",")}]}\n`;
}

async function* featuresOf(prediction: PredictedCells): AsyncGenerator<Feature, void, undefined> {
  const outlines = await Outlines.of(prediction);
  const turns = new Turns();
  for (const { label, area, centroid, score } of prediction.instances) {
    if (turns.due(1 + outlines.corners(label))) await turns.next();
    const properties = { objectType: "detection", label, area, centroid: [centroid.x, centroid.y] as [number, number], score };
    yield { type: "Feature", id: label, geometry: geometryOf(outlines.polygons(label)), properties };
  }
}

function geometryOf(polygons: Polygon[]): Feature["geometry"] {
  const [first] = polygons;
  return polygons.length === 1 && first
    ? { type: "Polygon", coordinates: first }
    : { type: "MultiPolygon", coordinates: polygons };
}
