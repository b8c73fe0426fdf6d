import type { Prediction } from "../prediction.js";
import { outline } from "./outline.js";

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

export function geoJsonCells({ instances, labels, width }: Prediction): GeoJsonCells {
  const features = instances.map((instance) => {
    const polygons = outline(labels, instance.label, width, instance.boundingBox);
    const [first] = polygons;
    const { label, area, centroid, score } = instance;
    return {
      type: "Feature" as const,
      id: label,
      geometry:
        polygons.length === 1 && first
          ? { type: "Polygon" as const, coordinates: first }
          : { type: "MultiPolygon" as const, coordinates: polygons },
      properties: { objectType: "detection", label, area, centroid: [centroid.x, centroid.y] as [number, number], score },
    };
  });
  return { type: "FeatureCollection", features };
}
