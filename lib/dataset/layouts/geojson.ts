import { readJson } from "../formats/file.js";
import { type Outline, reading } from "../outlines.js";
import { type Annotations, findBeside } from "./beside.js";
import type { Layout } from "./layout.js";

/** Polygons as QuPath exports them, with their classification. */
export const geojson: Layout = {
  name: "geojson",
  title: "x.geojson (QuPath) beside the images, or in masks/ or annotations/",
  find: (folder) =>
    findBeside(folder, {
      endings: [".geojson"],
      folders: ["masks", "mask", "labels", "annotations", "annotation", "geojson"],
      suffix: /[_-](nuclei|cells?|annotations?|detections?)$/i,
      read: readGeoJson,
    }),
};

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;

export async function readGeoJson(path: string): Promise<Annotations> {
  return reading(path, async () => {
    const document = await readJson(path);
    const features = Array.isArray(document) ? document : isObject(document) ? (document.features ?? [document]) : undefined;
    if (!Array.isArray(features)) throw new Error("it is no GeoJSON");
    return { outlines: features.flatMap(toOutline) };
  });
}

function toOutline(feature: unknown): Outline[] {
  if (!isObject(feature)) throw new Error("a feature is no object");
  const geometry = (feature.nucleusGeometry ?? feature.geometry) as Loose | null | undefined;
  if (!isObject(geometry)) return [];
  const { type, coordinates } = geometry;
  // Points and lines mark no pixels.
  const polygons = type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];
  if (!Array.isArray(polygons)) throw new Error("a polygon has no coordinates");
  if (polygons.length === 0) return [];
  const shapes = polygons.map((polygon) => {
    if (!Array.isArray(polygon)) throw new Error("a polygon has no rings");
    return polygon.map((ring) => (Array.isArray(ring) ? ring.flatMap(toPoint) : [])).filter((ring) => ring.length >= 6);
  });
  return [{ shapes, className: className(feature.properties) }];
}

function toPoint(point: unknown): [number, number] {
  if (Array.isArray(point) && typeof point[0] === "number" && typeof point[1] === "number") return [point[0], point[1]];
  throw new Error("a point has no coordinates");
}

function className(properties: unknown): string | null {
  const classification = isObject(properties) ? properties.classification : undefined;
  if (typeof classification === "string") return classification;
  if (!isObject(classification)) return null;
  const { name, names } = classification;
  return typeof name === "string" ? name : Array.isArray(names) ? names.join(": ") : null;
}
